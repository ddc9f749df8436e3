//! Expressions at random, from a seed: mostly of types that fit, sometimes of types that do not.

use countersign::classad::Syntax;

use super::Case;

/// The ads that expressions are evaluated against.
pub const MY: &str = r#"[ a = 1; b = 2.5; s = "Hello, World"; t = true; f = false; u = undefined; e = error;
    l = { 1, 2.0, "x", a, undefined }; names = { "alice", "Bob", "carol@pool.example" }; csv = "a, b,c"; nums = "3,1,2.5";
    ad = [ a = 10; x = 20; y = a + x; z = parent.a; deep = [ w = x ] ]; ads = { [ a = 1; k = "p" ], [ a = 3; k = "q" ] };
    loop = loop + 1; left = right; right = left; sum3 = a + b + c; c = 3; target_x = TARGET.x; big = 9223372036854775807;
    'quoted name' = 7; when = absTime("2024-02-29T12:30:00+01:00"); span = relTime("1+02:03:04"); v = "10.2.3";
    text = "a + 1"; path = "C:\\dir"; neg = -4 ]"#;

/// The other ad.
pub const TARGET: &str = r#"[ x = 5; a = 100; only = "target"; l = { x, a }; back = TARGET.a; s = "other"; my_a = MY.a;
    req = TARGET.a < a; ad = [ a = 11; n = TARGET.c ] ]"#;

/// Makes cases, always the same ones from the same seed.
#[derive(Debug)]
pub struct Generator {
    state: u64,
    syntax: Syntax,
}

#[derive(Clone, Copy)]
enum Kind {
    Any,
    Boolean,
    Number,
    Integer,
    String,
    List,
    Ad,
    Time,
    Name,
    Pattern,
    Options,
    Csv,
    Version,
    Comparison,
    Inside,
    Ads,
}

use Kind::{
    Ad, Ads, Any, Boolean, Comparison, Csv, Inside, Integer, List, Name, Number, Options, Pattern,
    String as Str, Time, Version,
};

/// Functions by what they give, and what they take.
const FUNCTIONS: &[(Kind, &str, &[Kind])] = &[
    (Boolean, "member", &[Any, List]),
    (Boolean, "identicalMember", &[Any, List]),
    (Boolean, "regexp", &[Pattern, Str]),
    (Boolean, "regexp", &[Pattern, Str, Options]),
    (Boolean, "regexpMember", &[Pattern, List]),
    (Boolean, "regexpMember", &[Pattern, List, Options]),
    (Str, "regexps", &[Pattern, Str, Str]),
    (Str, "regexps", &[Pattern, Str, Str, Options]),
    (Str, "replace", &[Pattern, Str, Str]),
    (Str, "replaceAll", &[Pattern, Str, Str]),
    (Str, "replaceAll", &[Pattern, Str, Str, Options]),
    (Boolean, "stringListMember", &[Str, Csv]),
    (Boolean, "stringListMember", &[Str, Csv, Str]),
    (Boolean, "stringListIMember", &[Str, Csv]),
    (Integer, "stringListSize", &[Csv]),
    (Integer, "stringListSize", &[Csv, Str]),
    (Number, "stringListSum", &[Csv]),
    (Number, "stringListAvg", &[Csv]),
    (Number, "stringListMin", &[Csv]),
    (Number, "stringListMax", &[Csv]),
    (Boolean, "stringListsIntersect", &[Csv, Csv]),
    (Boolean, "stringListsIntersect", &[Csv, Csv, Str]),
    (Boolean, "stringListSubsetMatch", &[Csv, Csv]),
    (Boolean, "stringListISubsetMatch", &[Csv, Csv]),
    (Boolean, "stringListSubsetMatch", &[Csv, Csv, Str]),
    (Boolean, "stringList_regexpMember", &[Pattern, Csv]),
    (
        Boolean,
        "stringList_regexpMember",
        &[Pattern, Csv, Str, Options],
    ),
    (Boolean, "anyCompare", &[Comparison, List, Any]),
    (Boolean, "allCompare", &[Comparison, List, Any]),
    (Number, "sum", &[List]),
    (Number, "avg", &[List]),
    (Number, "min", &[List]),
    (Number, "max", &[List]),
    (Integer, "size", &[Any]),
    (Integer, "int", &[Any]),
    (Number, "real", &[Any]),
    (Str, "string", &[Any]),
    (Boolean, "bool", &[Any]),
    (Integer, "floor", &[Any]),
    (Integer, "ceiling", &[Number]),
    (Integer, "ceil", &[Number]),
    (Integer, "round", &[Number]),
    (Number, "pow", &[Number, Number]),
    (Number, "quantize", &[Number, Number]),
    (Number, "quantize", &[Number, List]),
    (Str, "strcat", &[Any, Any]),
    (Str, "strcat", &[Any, Any, Any]),
    (Str, "join", &[Str, List]),
    (Str, "join", &[Str, Any, Any]),
    (Str, "join", &[List]),
    (List, "split", &[Str]),
    (List, "split", &[Str, Str]),
    (List, "splitUserName", &[Str]),
    (List, "splitSlotName", &[Str]),
    (Str, "substr", &[Str, Integer]),
    (Str, "substr", &[Str, Integer, Integer]),
    (Integer, "strcmp", &[Any, Any]),
    (Integer, "stricmp", &[Any, Any]),
    (Str, "toUpper", &[Any]),
    (Str, "toLower", &[Str]),
    (Boolean, "isUndefined", &[Any]),
    (Boolean, "isError", &[Any]),
    (Boolean, "isString", &[Any]),
    (Boolean, "isInteger", &[Any]),
    (Boolean, "isReal", &[Any]),
    (Boolean, "isList", &[Any]),
    (Boolean, "isClassAd", &[Any]),
    (Boolean, "isBoolean", &[Any]),
    (Boolean, "isAbsTime", &[Any]),
    (Boolean, "isRelTime", &[Any]),
    (Any, "ifThenElse", &[Boolean, Any, Any]),
    (Any, "debug", &[Any]),
    (Any, "eval", &[Str]),
    (Any, "eval", &[Any]),
    (Str, "unparse", &[Name]),
    (Integer, "versioncmp", &[Version, Version]),
    (Boolean, "versionLE", &[Version, Version]),
    (Boolean, "versionLT", &[Version, Version]),
    (Boolean, "versionGE", &[Version, Version]),
    (Boolean, "versionGT", &[Version, Version]),
    (Boolean, "versionEQ", &[Version, Version]),
    (Boolean, "version_in_range", &[Version, Version, Version]),
    (Str, "interval", &[Number]),
    (Str, "formatTime", &[Time, Str]),
    (Str, "formatTime", &[Integer]),
    (Time, "absTime", &[Integer, Integer]),
    (Time, "relTime", &[Number]),
    (Ad, "splitTime", &[Time]),
    (Integer, "getYear", &[Time]),
    (Integer, "getMonth", &[Time]),
    (Integer, "getDayOfYear", &[Time]),
    (Integer, "getDayOfMonth", &[Time]),
    (Integer, "getDayOfWeek", &[Time]),
    (Integer, "getDays", &[Time]),
    (Integer, "getHours", &[Time]),
    (Integer, "getMinutes", &[Time]),
    (Integer, "getSeconds", &[Time]),
    (List, "evalInEachContext", &[Inside, Ads]),
    (Integer, "countMatches", &[Inside, Ads]),
    (Any, "noSuchFunction", &[Any]),
];

impl Generator {
    /// A generator that starts here.
    pub fn new(seed: u64) -> Self {
        Generator {
            state: seed,
            syntax: Syntax::New,
        }
    }

    /// The next case.
    pub fn case(&mut self) -> Case {
        self.syntax = if self.below(2) == 0 {
            Syntax::New
        } else {
            Syntax::Old
        };
        let depth = 1 + self.below(4);
        Case {
            syntax: self.syntax,
            text: self.expression(Any, depth),
            my: MY,
            target: (self.below(2) == 0).then_some(TARGET),
        }
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let index = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        of.get(index).copied().unwrap_or("undefined")
    }

    fn expression(&mut self, kind: Kind, depth: u64) -> String {
        // HTCondor crashes where evalInEachContext is given a list that a function made, or an expression that makes one;
        // and behind one that is given a name, it goes on in another ad.
        if matches!(kind, Inside | Ads) {
            return self.leaf(kind);
        }
        // Now and then something else than what fits.
        let kind = if self.below(12) == 0 { Any } else { kind };
        if depth == 0 || self.below(6) == 0 {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        match self.below(10) {
            0..=3 => self.operation(kind, depth),
            4..=7 => self.call(kind, depth),
            8 => match self.below(4) {
                0 => format!("({})", self.expression(kind, depth)),
                1 => format!("{} ?: {}", self.leaf(kind), self.leaf(kind)),
                2 => format!(
                    "({} ? {} : {})",
                    self.expression(Boolean, depth),
                    self.expression(kind, depth),
                    self.expression(kind, depth)
                ),
                _ => format!(
                    "{}[{}]",
                    self.expression(List, depth),
                    self.expression(Integer, 0)
                ),
            },
            _ => match self.below(4) {
                0 => format!("{}.a", self.leaf(Ad)),
                1 => format!("ads[{}].{}", self.below(3), self.pick(&["a", "k", "z"])),
                2 => format!("ad[\"{}\"]", self.pick(&["a", "Y", "none", "s"])),
                _ => format!("ads.{}", self.pick(&["a", "k", "none"])),
            },
        }
    }

    fn operation(&mut self, kind: Kind, depth: u64) -> String {
        let (sign, operand) = match kind {
            Boolean => match self.below(3) {
                0 => (self.pick(&["&&", "||"]), Boolean),
                1 => {
                    let operand = [Number, Str, Any, Boolean, Time];
                    let index = usize::try_from(self.below(5)).unwrap_or(0);
                    (
                        self.pick(&["==", "!=", "<", "<=", ">", ">=", "=?=", "=!=", "is", "isnt"]),
                        operand.get(index).copied().unwrap_or(Any),
                    )
                }
                _ => return format!("!{}", self.expression(Boolean, depth)),
            },
            Integer => match self.below(5) {
                0 => {
                    return format!(
                        "{}{}",
                        self.pick(&["-", "~", "+", "- "]),
                        self.leaf(Integer)
                    );
                }
                1 => (self.pick(&["|", "&", "^", "<<", ">>", ">>>"]), Integer),
                _ => (self.pick(&["+", "-", "*", "/", "%"]), Integer),
            },
            Number => (self.pick(&["+", "-", "*", "/"]), Number),
            Time => (self.pick(&["+", "-"]), Time),
            Any => (
                self.pick(&[
                    "+", "-", "*", "/", "%", "==", "!=", "<", ">", "=?=", "=!=", "&&", "||", "|",
                    "&", "<<",
                ]),
                Any,
            ),
            other => return self.call(other, depth),
        };
        let left = self.expression(operand, depth);
        let right = self.expression(operand, depth);
        format!("{left} {sign} {right}")
    }

    fn call(&mut self, kind: Kind, depth: u64) -> String {
        let fits: Vec<_> = FUNCTIONS
            .iter()
            .filter(|(gives, ..)| {
                matches!(kind, Any)
                    || std::mem::discriminant(gives) == std::mem::discriminant(&kind)
                    || matches!((kind, gives), (Number, Integer))
            })
            .collect();
        let index = usize::try_from(self.below(fits.len() as u64)).unwrap_or(0);
        let Some((_, name, takes)) = fits.get(index) else {
            return self.leaf(kind);
        };
        let mut arguments: Vec<_> = takes
            .iter()
            .map(|kind| self.expression(*kind, depth))
            .collect();
        // Now and then too many or too few.
        match self.below(60) {
            0 => arguments.push(self.leaf(Any)),
            // Without any, some functions give the time.
            1 if arguments.len() > 1 => {
                arguments.pop();
            }
            _ => {}
        }
        format!("{name}({})", arguments.join(", "))
    }

    fn string(&mut self) -> String {
        let text = self.pick(&[
            "",
            "a",
            "A",
            "b",
            "abc",
            "Hello",
            "hello world",
            "alice",
            "Bob",
            "x",
            "12",
            "-3.5e2",
            "0x10",
            " 7 ",
            "inf",
            "true",
            "FALSE",
            "1 + 2",
            "a + c",
            "{ 1, 2 }",
            "a@b",
            "@",
            "slot1@host",
            "a,b,,c",
            " , ",
            ",",
            "%Y-%m-%d",
            "%H:%M",
            "%c",
            "[\\\\1]",
            "<\\\\0>",
            "-",
            "é",
            "a'b",
            "tab\\tx",
            "s",
            "1e5",
            "3abc",
            ".5",
        ]);
        match self.syntax {
            Syntax::New => format!("\"{text}\""),
            // In old syntax a backslash stands for itself.
            Syntax::Old => format!("\"{}\"", text.replace("\\\\", "\\")),
        }
    }

    fn leaf(&mut self, kind: Kind) -> String {
        let text = match kind {
            Any => {
                let kinds = [Boolean, Number, Integer, Str, List, Ad, Time, Name];
                let index = usize::try_from(self.below(9)).unwrap_or(0);
                return match kinds.get(index) {
                    Some(kind) => self.leaf(*kind),
                    None => self
                        .pick(&["undefined", "error", "u", "e", "nothing"])
                        .to_owned(),
                };
            }
            Boolean => self.pick(&[
                "true",
                "false",
                "t",
                "f",
                "TRUE",
                "MY.t",
                "undefined",
                "1",
                "0.0",
            ]),
            Integer => self.pick(&[
                "0",
                "1",
                "2",
                "3",
                "-1",
                "7",
                "64",
                "-9",
                "100",
                "a",
                "c",
                "MY.a",
                "ad.x",
                "neg",
                "big",
                "x",
                "TARGET.x",
                "4294967296",
                "-9223372036854775808",
            ]),
            Number => self.pick(&[
                "0", "1", "2.5", "-0.5", "b", "a", "1e3", "3", "0.1", "-0.0", "1.5E-3", "sum3",
                "1e300", "0.0",
            ]),
            Str => {
                return if self.below(4) == 0 {
                    self.pick(&["s", "csv", "text", "only", "path", "v"])
                        .to_owned()
                } else {
                    self.string()
                };
            }
            List => self.pick(&[
                "{ }",
                "{ 1, 2, 3 }",
                "{ 1.5, a, b }",
                "l",
                "names",
                "ads",
                "{ \"a\", \"B\", undefined }",
                "TARGET.l",
                "{ true, 0 }",
                "{ { 1 }, { 2 } }",
                "{ x, error }",
                "{ ad, MY }",
                "split(csv)",
                "nothing",
                "{ 5, 3, a + 1 }",
            ]),
            Ad => self.pick(&[
                "ad",
                "MY",
                "TARGET",
                "[ a = 1; b = a + c ]",
                "ad.deep",
                "ads[0]",
                "SELF",
                "other",
                "[ bb = 1; a = 2; A = 3 ]",
            ]),
            Time => self.pick(&[
                "when",
                "span",
                "absTime(\"1999-12-31T23:59:59Z\")",
                "relTime(\"90\")",
                "relTime(\"-1:30\")",
                "absTime(\"2024-07-01T00:00:00-05:30\")",
                "relTime(\"0.5\")",
                "3",
                "1e3",
                "relTime(\"3d2h1m0.25s\")",
            ]),
            Name => self.pick(&[
                "a",
                "B",
                "ad.y",
                "ad.z",
                "ad.deep.w",
                "loop",
                "left",
                "sum3",
                "'quoted name'",
                "MY.a",
                "TARGET.x",
                "x",
                "only",
                "TARGET.back",
                "TARGET.my_a",
                "TARGET.req",
                "other.x",
                ".a",
                "my.c",
                "PARENT.x",
                "ROOT.a",
                "target_x",
                "ad.c",
                "TARGET.ad.n",
                "ad.s",
                "TopLevel.LEFT.a",
                ".RIGHT.x",
                "names",
                "TARGET.l",
            ]),
            Pattern => match self.syntax {
                Syntax::New => self.pick(&[
                    "\"a\"",
                    "\"[a-c]+\"",
                    "\"(l+)o?\"",
                    "\"^h\"",
                    "\"(\"",
                    "\"x*\"",
                    "\"\"",
                    "\"b|(c)\"",
                    "\".\"",
                    "\"o\\\\b\"",
                    "\"(?i)HELLO\"",
                    "\" H e\"",
                ]),
                Syntax::Old => self.pick(&[
                    "\"a\"",
                    "\"\\d+\"",
                    "\"(\\w)(\\w)\"",
                    "\"$\"",
                    "\"é\"",
                    "\"B\"",
                ]),
            },
            Options => self.pick(&[
                "\"i\"", "\"\"", "\"g\"", "\"fg\"", "\"x\"", "\"ms\"", "\"I\"", "\"f\"",
            ]),
            Csv => self.pick(&[
                "csv",
                "nums",
                "\"\"",
                "\"a\"",
                "\"A,b\"",
                "\"1, 2,3\"",
                "\"-1 -2\"",
                "\"c;a\"",
                "\" a , b \"",
                "\"1.5,x\"",
                "s",
                "\"3,-4\"",
                "\",\"",
                "undefined",
                "\"1e2 +5\"",
            ]),
            Version => self.pick(&[
                "v",
                "\"10.2.10\"",
                "\"10.2.9\"",
                "\"1.01\"",
                "\"1.1\"",
                "\"1.001\"",
                "\"2\"",
                "\"a10b\"",
                "\"a9b\"",
                "\"\"",
                "\"1.0\"",
                "\"1.00\"",
                "10",
                "\"10.2.3-1\"",
                "\"009\"",
                "\"0\"",
                "\"00\"",
            ]),
            Inside => self.pick(&[
                "a > 2",
                "(a)",
                "a + c",
                "k =?= \"p\"",
                "TARGET.x > a",
                "x ?: 2",
                "(parent.a)",
            ]),
            Ads => self.pick(&[
                "ads",
                "{ ad, [ a = 5 ] }",
                "{ [ x = 1 ], undefined, 3 }",
                "TARGET.l",
                "{ MY, TARGET }",
                "nothing",
            ]),
            Comparison => self.pick(&[
                "\"<\"", "\"<=\"", "\"==\"", "\"!=\"", "\">\"", "\">=\"", "\"is\"", "\"isnt\"",
                "\"=?=\"",
            ]),
        };
        text.to_owned()
    }
}
