//! Writing expressions as HTCondor does (`classad/sink.cpp`).

use super::Syntax;
use super::time::{absolute_text, relative_text};
use super::tree::{AdTree, Binary, Literal, Tree, Unary};
use crate::print::{real_new, real_old};

/// The text of a tree in one line (`ClassAdUnParser`).
pub(crate) fn text_of(tree: &Tree, syntax: Syntax) -> String {
    let mut printer = Printer {
        out: String::new(),
        syntax,
        indent: None,
    };
    printer.tree(tree);
    printer.out
}

/// The text as the function `unparse` gives it (`PrettyPrint`): lists and ads begin on a line of their own.
pub(crate) fn pretty(tree: &Tree) -> String {
    let mut printer = Printer {
        out: String::new(),
        syntax: Syntax::New,
        indent: Some(0),
    };
    printer.tree(tree);
    printer.out
}

struct Printer {
    out: String,
    syntax: Syntax,
    /// How far lists and ads are indented; `None` keeps all in one line.
    indent: Option<usize>,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn tree(&mut self, tree: &Tree) {
        match tree {
            Tree::Literal(literal) => self.literal(literal),
            Tree::Attribute {
                base,
                name,
                absolute,
            } => {
                if let Some(base) = base {
                    self.tree(base);
                    // HTCondor writes this name bare, whatever it is; quotes are needed to read it back.
                    self.push(".");
                } else if *absolute {
                    self.push(".");
                }
                self.name(name);
            }
            Tree::Parentheses(inner) => {
                self.push("(");
                self.tree(inner);
                self.push(")");
            }
            Tree::Unary(operator, operand) => {
                self.push(match operator {
                    Unary::Plus => " +",
                    Unary::Minus => " -",
                    Unary::Not => " !",
                    Unary::Complement => " ~",
                });
                self.tree(operand);
            }
            Tree::Binary(operator, operands) => {
                self.tree(&operands.0);
                self.push(sign(*operator, self.syntax));
                self.tree(&operands.1);
            }
            Tree::Elvis(operands) => {
                self.tree(&operands.0);
                self.push(" ?: ");
                self.tree(&operands.1);
            }
            Tree::Ternary(operands) => {
                self.tree(&operands.0);
                self.push(" ? ");
                self.tree(&operands.1);
                self.push(" : ");
                self.tree(&operands.2);
            }
            Tree::Subscript(operands) => {
                self.tree(&operands.0);
                self.push("[");
                self.tree(&operands.1);
                self.push("]");
            }
            Tree::Call { name, arguments } => {
                // A name that came in quotes needs them again; HTCondor forgets that.
                self.name(name);
                self.push("(");
                self.separated(arguments);
                self.push(")");
            }
            Tree::List(items) => self.list(items),
            Tree::Ad(ad) => self.ad(ad),
        }
    }

    fn separated(&mut self, items: &[Tree]) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(",");
            }
            self.tree(item);
        }
    }

    fn new_line(&mut self, by: isize, bracket: Option<char>) {
        if let Some(indent) = self.indent {
            let indent = indent.saturating_add_signed(by);
            self.indent = Some(indent);
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent));
        }
        self.out.extend(bracket);
    }

    fn shift(&mut self, by: isize) {
        self.indent = self.indent.map(|indent| indent.saturating_add_signed(by));
    }

    fn list(&mut self, items: &[Tree]) {
        if self.indent.is_none() {
            self.push("{ ");
            self.separated(items);
            self.push(" }");
            return;
        }
        self.new_line(3, Some('{'));
        self.shift(3);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(",");
            }
            self.new_line(0, None);
            self.tree(item);
        }
        self.new_line(-3, Some('}'));
        self.shift(-3);
    }

    fn ad(&mut self, ad: &AdTree) {
        if self.indent.is_none() {
            self.push("[ ");
        } else {
            self.new_line(4, Some('['));
            self.shift(4);
        }
        for (i, (name, value)) in ad.iter().enumerate() {
            if i > 0 {
                self.push("; ");
            }
            if self.indent.is_some() {
                self.new_line(0, None);
            }
            self.name(name);
            self.push(" = ");
            self.tree(value);
        }
        if self.indent.is_none() {
            self.push(" ]");
        } else {
            self.new_line(-4, Some(']'));
            self.shift(-4);
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Undefined => self.push("undefined"),
            Literal::Error => self.push("error"),
            Literal::Boolean(b) => self.push(if *b { "true" } else { "false" }),
            Literal::Integer(n) => self.push(&n.to_string()),
            Literal::Real(n) => self.push(&match self.syntax {
                Syntax::Old => real_old(*n),
                Syntax::New => real_new(*n),
            }),
            Literal::String(s) => {
                self.push("\"");
                self.quoted(s, b'"');
                self.push("\"");
            }
            Literal::Absolute(seconds, offset) => {
                self.push(&format!(
                    "absTime(\"{}\")",
                    absolute_text(*seconds, *offset)
                ));
            }
            Literal::Relative(seconds) => {
                self.push(&format!("relTime(\"{}\")", relative_text(*seconds)));
            }
        }
    }

    fn quoted(&mut self, text: &str, quote: u8) {
        for c in text.chars() {
            if u32::from(c) == u32::from(quote) {
                self.out.push('\\');
                self.out.push(c);
                continue;
            }
            if self.syntax == Syntax::Old {
                self.out.push(c);
                continue;
            }
            match c {
                '\x07' => self.push("\\a"),
                '\x08' => self.push("\\b"),
                '\x0c' => self.push("\\f"),
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                '\x0b' => self.push("\\v"),
                '\\' => self.push("\\\\"),
                ' '..='~' => self.out.push(c),
                _ => {
                    let mut bytes = [0; 4];
                    for byte in c.encode_utf8(&mut bytes).bytes() {
                        self.push(&format!("\\{byte:03o}"));
                    }
                }
            }
        }
    }

    fn name(&mut self, name: &str) {
        let start = self.out.len();
        self.quoted(name, b'\'');
        let written = self.out.get(start..).unwrap_or("");
        if needs_quotes(written) {
            self.out.insert(start, '\'');
            self.out.push('\'');
        }
    }
}

/// Whether a name cannot stand without quotes (`identifierNeedsQuoting`).
fn needs_quotes(name: &str) -> bool {
    let mut bytes = name.bytes();
    let plain = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
    !plain
        || [
            "error",
            "false",
            "is",
            "isnt",
            "parent",
            "true",
            "undefined",
        ]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(name))
}

fn sign(operator: Binary, syntax: Syntax) -> &'static str {
    match (operator, syntax) {
        (Binary::Is, Syntax::Old) => " =?= ",
        (Binary::Is, Syntax::New) => " is ",
        (Binary::Isnt, Syntax::Old) => " =!= ",
        (Binary::Isnt, Syntax::New) => " isnt ",
        (Binary::Or, _) => " || ",
        (Binary::And, _) => " && ",
        (Binary::BitOr, _) => " | ",
        (Binary::BitXor, _) => " ^ ",
        (Binary::BitAnd, _) => " & ",
        (Binary::Equal, _) => " == ",
        (Binary::NotEqual, _) => " != ",
        (Binary::Less, _) => " < ",
        (Binary::LessEqual, _) => " <= ",
        (Binary::Greater, _) => " > ",
        (Binary::GreaterEqual, _) => " >= ",
        (Binary::ShiftLeft, _) => " << ",
        (Binary::ShiftRight, _) => " >> ",
        (Binary::ShiftRightUnsigned, _) => " >>> ",
        (Binary::Add, _) => " + ",
        (Binary::Subtract, _) => " - ",
        (Binary::Multiply, _) => " * ",
        (Binary::Divide, _) => " / ",
        (Binary::Modulus, _) => " % ",
    }
}
