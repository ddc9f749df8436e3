//! The grammar (`classad/source.cpp`), by recursive descent with a stack of operators for each level of nesting.

use std::sync::Arc;

use super::token::{Lexer, Token};
use super::tree::{AdTree, Binary, Literal, MAX_HEIGHT, Tree, Unary};
use super::{Syntax, time};
use crate::error::ParseError;

/// How deep the rules for expressions, unary and postfix expressions may nest together (HTCondor's `MAX_PARSER_DEPTH`).
const MAX_DEPTH: usize = 500;

/// A tree and its height.
struct Node {
    tree: Tree,
    height: usize,
}

impl From<Literal> for Node {
    fn from(literal: Literal) -> Self {
        Node {
            tree: Tree::Literal(literal),
            height: 1,
        }
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    offset: usize,
    depth: usize,
}

pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Tree, ParseError> {
    let mut lexer = Lexer::new(text, syntax);
    let (offset, token) = lexer.next()?;
    if token == Token::End {
        return Err(ParseError::Empty);
    }
    let mut parser = Parser {
        lexer,
        token,
        offset,
        depth: 0,
    };
    let node = parser.expression()?;
    if parser.token != Token::End {
        return Err(parser.unexpected("an operator or the end of the expression"));
    }
    Ok(node.tree)
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, ParseError> {
        let (offset, next) = self.lexer.next()?;
        self.offset = offset;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn sign(&self) -> Option<&'static str> {
        match self.token {
            Token::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    fn accept(&mut self, sign: &str) -> Result<bool, ParseError> {
        let here = self.sign() == Some(sign);
        if here {
            self.advance()?;
        }
        Ok(here)
    }

    fn expect(&mut self, sign: &str, expected: &'static str) -> Result<(), ParseError> {
        if self.accept(sign)? {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    fn unexpected(&self, expected: &'static str) -> ParseError {
        ParseError::Unexpected {
            offset: self.offset,
            expected,
            found: self.lexer.excerpt_at(self.offset),
        }
    }

    fn enter(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::TooDeep {
                offset: self.offset,
            });
        }
        Ok(())
    }

    /// A node above children of this height.
    fn node(&self, tree: Tree, below: usize) -> Result<Node, ParseError> {
        let height = below + 1;
        if height > MAX_HEIGHT {
            return Err(ParseError::TooDeep {
                offset: self.offset,
            });
        }
        Ok(Node { tree, height })
    }

    fn expression(&mut self) -> Result<Node, ParseError> {
        self.enter()?;
        let condition = self.binary()?;
        let result = if self.accept("?")? {
            let yes = self.expression()?;
            self.expect(":", "`:` of a conditional expression")?;
            let no = self.expression()?;
            let height = condition.height.max(yes.height).max(no.height);
            let tree = Tree::Ternary(Arc::new((condition.tree, yes.tree, no.tree)));
            self.node(tree, height)?
        } else {
            condition
        };
        self.depth -= 1;
        Ok(result)
    }

    /// Operators with two operands, all of which group to the left.
    fn binary(&mut self) -> Result<Node, ParseError> {
        let mut last = self.unary()?;
        let mut waiting: Vec<(Node, Binary, u8)> = Vec::new();
        while let Some((operator, level)) = self.sign().and_then(operator) {
            self.advance()?;
            last = self.fold(&mut waiting, last, level)?;
            waiting.push((last, operator, level));
            last = self.unary()?;
        }
        self.fold(&mut waiting, last, 0)
    }

    /// Applies the operators that bind at least as strongly as `level`.
    fn fold(
        &self,
        waiting: &mut Vec<(Node, Binary, u8)>,
        mut last: Node,
        level: u8,
    ) -> Result<Node, ParseError> {
        while let Some((left, operator, _)) = waiting.pop_if(|(_, _, bound)| *bound >= level) {
            let height = left.height.max(last.height);
            let tree = Tree::Binary(operator, Arc::new((left.tree, last.tree)));
            last = self.node(tree, height)?;
        }
        Ok(last)
    }

    fn unary(&mut self) -> Result<Node, ParseError> {
        let operator = match self.sign() {
            Some("-") => Unary::Minus,
            Some("+") => Unary::Plus,
            Some("!") => Unary::Not,
            Some("~") => Unary::Complement,
            _ => {
                self.enter()?;
                let node = self.postfix()?;
                self.depth -= 1;
                return Ok(node);
            }
        };
        self.enter()?;
        self.advance()?;
        let operand = self.unary()?;
        self.depth -= 1;
        let height = operand.height;
        self.node(Tree::Unary(operator, Arc::new(operand.tree)), height)
    }

    fn postfix(&mut self) -> Result<Node, ParseError> {
        self.enter()?;
        let mut node = self.primary()?;
        loop {
            if self.accept("[")? {
                let index = self.expression()?;
                self.expect("]", "`]` after an index")?;
                let height = node.height.max(index.height);
                node = self.node(Tree::Subscript(Arc::new((node.tree, index.tree))), height)?;
            } else if self.accept(".")? {
                let name = self.identifier()?;
                let tree = Tree::Attribute {
                    base: Some(Arc::new(node.tree)),
                    name,
                    absolute: false,
                };
                node = self.node(tree, node.height)?;
            } else if self.accept("?:")? {
                // Binds as strongly as an index, and to the right.
                let other = self.postfix()?;
                let height = node.height.max(other.height);
                node = self.node(Tree::Elvis(Arc::new((node.tree, other.tree))), height)?;
            } else {
                break;
            }
        }
        self.depth -= 1;
        Ok(node)
    }

    fn identifier(&mut self) -> Result<Arc<str>, ParseError> {
        match &self.token {
            Token::Identifier(name) => {
                let name = name.as_str().into();
                self.advance()?;
                Ok(name)
            }
            _ => Err(self.unexpected("the name of an attribute")),
        }
    }

    fn primary(&mut self) -> Result<Node, ParseError> {
        const EXPECTED: &str = "a value, a name, `(`, `{` or `[`";
        match self.sign() {
            Some("(") => {
                self.advance()?;
                let inner = self.expression()?;
                self.expect(")", "`)`")?;
                let height = inner.height;
                return self.node(Tree::Parentheses(Arc::new(inner.tree)), height);
            }
            Some("{") => return self.list(),
            Some("[") => return self.ad(),
            Some(".") => {
                self.advance()?;
                let name = self.identifier()?;
                let tree = Tree::Attribute {
                    base: None,
                    name,
                    absolute: true,
                };
                return self.node(tree, 0);
            }
            Some(_) => return Err(self.unexpected(EXPECTED)),
            None => {}
        }
        if self.token == Token::End {
            return Err(self.unexpected(EXPECTED));
        }
        Ok(match self.advance()? {
            Token::Identifier(name) if self.sign() == Some("(") => return self.call(&name),
            Token::Identifier(name) => {
                let tree = Tree::Attribute {
                    base: None,
                    name: name.into(),
                    absolute: false,
                };
                return self.node(tree, 0);
            }
            Token::Integer(n) => Literal::Integer(n).into(),
            Token::Real(n) => Literal::Real(n).into(),
            Token::Boolean(b) => Literal::Boolean(b).into(),
            Token::String(s) => Literal::String(s.into()).into(),
            Token::Error => Literal::Error.into(),
            Token::Undefined | Token::End | Token::Sign(_) => Literal::Undefined.into(),
        })
    }

    fn call(&mut self, name: &str) -> Result<Node, ParseError> {
        let start = self.offset;
        self.advance()?;
        let mut arguments = Vec::new();
        let mut height = 0;
        if self.sign() != Some(")") {
            loop {
                let argument = self.expression()?;
                height = height.max(argument.height);
                arguments.push(argument.tree);
                if !self.accept(",")? && !self.accept(";")? {
                    break;
                }
            }
        }
        self.expect(")", "`,` or `)` after an argument")?;
        // Times are written as calls, and read where they stand.
        if let [Tree::Literal(Literal::String(text))] = arguments.as_slice() {
            let literal = if name.eq_ignore_ascii_case("absTime") {
                Some(time::absolute(text, start)?)
            } else if name.eq_ignore_ascii_case("relTime") {
                Some(time::relative(text, start)?)
            } else {
                None
            };
            if let Some(literal) = literal {
                return Ok(literal.into());
            }
        }
        let tree = Tree::Call {
            name: name.into(),
            arguments: arguments.into(),
        };
        self.node(tree, height)
    }

    fn list(&mut self) -> Result<Node, ParseError> {
        self.advance()?;
        let mut items = Vec::new();
        let mut height = 0;
        if self.sign() != Some("}") {
            loop {
                let item = self.expression()?;
                height = height.max(item.height);
                items.push(item.tree);
                if !self.accept(",")? {
                    break;
                }
            }
        }
        self.expect("}", "`,` or `}` after an item of a list")?;
        self.node(Tree::List(items.into()), height)
    }

    fn ad(&mut self) -> Result<Node, ParseError> {
        self.advance()?;
        let mut attributes = Vec::new();
        let mut height = 0;
        // Semicolons may stand before the first attribute, but not without one.
        let led = self.sign() == Some(";");
        loop {
            while self.accept(";")? {}
            if !(led && attributes.is_empty()) && self.accept("]")? {
                break;
            }
            let name = self.identifier()?;
            self.expect("=", "`=` after the name of an attribute")?;
            let value = self.expression()?;
            height = height.max(value.height);
            attributes.push((name, value.tree));
            if !matches!(self.sign(), Some(";" | "]")) {
                return Err(self.unexpected("`;` or `]` after an attribute"));
            }
        }
        self.node(Tree::Ad(Arc::new(AdTree::new(attributes))), height)
    }
}

fn operator(sign: &'static str) -> Option<(Binary, u8)> {
    Some(match sign {
        "||" => (Binary::Or, 1),
        "&&" => (Binary::And, 2),
        "|" => (Binary::BitOr, 3),
        "^" => (Binary::BitXor, 4),
        "&" => (Binary::BitAnd, 5),
        "==" => (Binary::Equal, 6),
        "!=" => (Binary::NotEqual, 6),
        "=?=" => (Binary::Is, 6),
        "=!=" => (Binary::Isnt, 6),
        "<" => (Binary::Less, 7),
        "<=" => (Binary::LessEqual, 7),
        ">" => (Binary::Greater, 7),
        ">=" => (Binary::GreaterEqual, 7),
        "<<" => (Binary::ShiftLeft, 8),
        ">>" => (Binary::ShiftRight, 8),
        ">>>" => (Binary::ShiftRightUnsigned, 8),
        "+" => (Binary::Add, 9),
        "-" => (Binary::Subtract, 9),
        "*" => (Binary::Multiply, 10),
        "/" => (Binary::Divide, 10),
        "%" => (Binary::Modulus, 10),
        _ => return None,
    })
}
