//! What HTCondor refuses.

use super::Maker;
use crate::configuration::HERE;

const WRONG: [&str; 43] = [
    "use role : $(C_Name)",
    "use $(C_Path)",
    "C_Lines @=e\nit goes on \\\n@e",
    "no operator",
    "C_Num",
    "= 1",
    ": 1",
    "C-Num = 1",
    "+C_Num = 1",
    "C$(C_Num)- = 1",
    "C_Num+=1",
    "\"C\" = 1",
    "C,D = 1",
    "C@D = 1",
    "C(1) = 1",
    "if",
    "if maybe",
    "if true && false\nendif",
    "if version >= 8\nendif",
    "if version>=8.0.0\nendif",
    "if version >= 5.0.0\nendif",
    "if defined C_Num C_List\nendif",
    "if defined use feature : GPUs\nendif",
    "if true # why\nendif",
    "if 0x10\nendif",
    "if $(C_Path)\nendif",
    "if true\nelse\nelse\nendif",
    "if true\nelse\nelif true\nendif",
    "if true\nC_Num = 2",
    "endif",
    "else",
    "elif true",
    "C_Lines @=end\nfor ever",
    "C_Lines @=end of it\na\n@end",
    "use",
    "use : x",
    "use nonsense:x",
    "use feature:NoSuchTemplate",
    "use policy:LIMIT_JOB_RUNTIMES",
    "error : stop here",
    "include : /no/such/file",
    "include strangely : /etc/passwd",
    "include command : /bin/false",
];

impl Maker<'_> {
    /// Lines that HTCondor refuses.
    pub(crate) fn mistake(&mut self) -> Vec<String> {
        match self.dice.below(12) {
            0 => {
                self.files.push((
                    "loop".to_owned(),
                    format!("C_Num = 1\ninclude : {HERE}/loop\n").into_bytes(),
                ));
                vec![format!("include : {HERE}/loop")]
            }
            1 => {
                let length = 18 + self.dice.below(6);
                self.chain(length)
            }
            2 => {
                self.files.push((
                    "wrong".to_owned(),
                    b"C_Num = 1\n\nC_Num = 2 \\\n 3\nno operator\n".to_vec(),
                ));
                vec![format!("include : {HERE}/wrong")]
            }
            3 => vec![
                "C_Num = 1 \\".to_owned(),
                " + 2".to_owned(),
                "if true".to_owned(),
                "C_Num = 3 \\".to_owned(),
                "  4".to_owned(),
                "C_Lines @=e".to_owned(),
                "x".to_owned(),
                "@e".to_owned(),
                "X-Y = \\".to_owned(),
                "  5".to_owned(),
                "endif".to_owned(),
            ],
            _ => {
                let wrong = self.dice.pick(&WRONG);
                wrong.split('\n').map(str::to_owned).collect()
            }
        }
    }
}
