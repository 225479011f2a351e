//! Modules joined into one script.
//!
//! Each module becomes a function that is called once, after those that it imports, and returns what it exports:
//!
//! ```text
//! // angle.js                                             // angle.js
//! import { pi } from './numbers.js';                      const $angle = (() => {
//! export function degrees(x) { … }                        const { pi } = $numbers;
//!                                                         function degrees(x) { … }
//!                                                         return { degrees };
//!                                                         })();
//! ```
//!
//! This covers what the page uses of modules, and refuses the rest. The last one, on which the others are joined, is no function. Lines that are
//! nothing but comments are left out, and so are the blanks with which lines begin: they are a third of the text.

/// A module, taken apart.
#[derive(Debug, PartialEq)]
struct Module {
    /// Its text, with imports as constants and without the word `export`.
    text: String,
    imports: Vec<String>,
    exports: Vec<String>,
}

/// The script of a module and all that it imports, of the files that `text` reads.
pub(crate) fn joined(entry: &str, text: &dyn Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut script = String::from("\n");
    let (mut done, mut open) = (Vec::new(), Vec::new());
    join(entry, text, &mut script, &mut done, &mut open)?;
    Ok(script)
}

fn join(
    name: &str,
    text: &dyn Fn(&str) -> Result<String, String>,
    script: &mut String,
    done: &mut Vec<String>,
    open: &mut Vec<String>,
) -> Result<(), String> {
    if done.iter().any(|other| other == name) {
        return Ok(());
    }
    let is_entry = open.is_empty();
    let is_open = open.iter().any(|other| other == name);
    open.push(name.to_owned());
    if is_open {
        return Err(format!("imports form a circle: {}", open.join(" → ")));
    }
    let module = taken_apart(name, &text(name)?)?;
    for import in &module.imports {
        join(import, text, script, done, open)?;
    }
    let variable = variable(name);
    let clash = done.iter().find(|other| self::variable(other) == variable);
    if let Some(other) = clash {
        return Err(format!("{other} and {name} have names that cannot be told apart"));
    }
    *script += &match is_entry {
        true => format!("// {name}\n{}", module.text),
        false => {
            let exports = module.exports.join(", ");
            format!(
                "// {name}\nconst {variable} = (() => {{\n{}return {{ {exports} }};\n}})();\n",
                module.text
            )
        }
    };
    open.pop();
    done.push(name.to_owned());
    Ok(())
}

/// The name that a module has in the script.
fn variable(name: &str) -> String {
    let stem = name.strip_suffix(".js").unwrap_or(name);
    format!("${}", stem.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"))
}

fn taken_apart(name: &str, text: &str) -> Result<Module, String> {
    let mut module = Module { text: String::new(), imports: Vec::new(), exports: Vec::new() };
    let text = bare_lines(text);
    if let Some(line) = text.iter().find(|line| line.matches('`').count() % 2 == 1) {
        return Err(format!("{name} has a text of several lines, whose blanks would be lost: {line}"));
    }
    let mut lines = text.iter().copied();
    while let Some(line) = lines.next() {
        if line.starts_with("import ") || line.starts_with("import{") {
            let mut statement = line.to_owned();
            while !statement.ends_with(';') {
                let next = lines.next().ok_or_else(|| format!("{name} ends within an import"))?;
                statement = format!("{statement} {next}");
            }
            let (names, file) = import(&statement)
                .ok_or_else(|| format!("{name} has an import of another kind: {statement}"))?;
            if !names.is_empty() {
                module.text += &format!("const {{ {names} }} = {};\n", variable(&file));
            }
            module.imports.push(file);
        } else if let Some(declaration) = line.strip_prefix("export ") {
            let export = exported(declaration)
                .ok_or_else(|| format!("{name} has an export of another kind: {line}"))?;
            module.exports.push(export.to_owned());
            module.text += &format!("{declaration}\n");
        } else {
            module.text += &format!("{line}\n");
        }
    }
    Ok(module)
}

/// The lines of a script or of styles that are not comments alone, without blanks around them. Comments at the end of a line stay, and so do
/// those that share a line with what follows.
pub(crate) fn bare_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut is_within = false;
    for line in text.lines() {
        let bare = line.trim();
        let begins = !is_within && bare.starts_with("/*") && (bare.ends_with("*/") || !bare.contains("*/"));
        let is_comment = is_within || begins || bare.starts_with("//");
        is_within = (is_within || begins) && !bare.ends_with("*/");
        if !is_comment && !bare.is_empty() {
            lines.push(bare);
        }
    }
    lines
}

/// The names of an import, as a pattern of an object, and the file.
fn import(statement: &str) -> Option<(String, String)> {
    let rest = statement.strip_prefix("import")?.strip_suffix(';')?.trim();
    let (names, file) = match rest.strip_prefix('{') {
        Some(rest) => {
            let (names, rest) = rest.split_once('}')?;
            (names, rest.trim().strip_prefix("from")?.trim())
        }
        None => ("", rest),
    };
    let quote = if file.starts_with('\'') { '\'' } else { '"' };
    let file = file.strip_prefix(quote)?.strip_suffix(quote)?.strip_prefix("./")?;
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<String> = names.map(|name| name.replace(" as ", ": ")).collect();
    Some((names.join(", "), file.to_owned()))
}

/// The name that a declaration declares.
fn exported(declaration: &str) -> Option<&str> {
    let kinds = ["async function* ", "async function ", "function* ", "function ", "class ", "const "];
    let rest = kinds.iter().find_map(|kind| declaration.strip_prefix(kind))?;
    let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'));
    Some(&rest[..end.unwrap_or(rest.len())]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined_of(files: &[(&str, &str)]) -> Result<String, String> {
        let text = |name: &str| {
            let file = files.iter().find(|(other, _)| *other == name);
            file.map(|(_, text)| (*text).to_owned()).ok_or_else(|| format!("{name} is missing"))
        };
        joined("main.js", &text)
    }

    #[test]
    fn modules_come_after_what_they_import_and_once() {
        let script = joined_of(&[
            ("main.js", "import { a } from './a.js';\nimport {\n  b as c,\n} from \"./b.js\";\nc(a);\n"),
            ("a.js", "import { b } from './b.js';\nexport const a = b();\n"),
            ("b.js", "export function b() {}\nexport class B {}\n"),
        ]);
        let expected = "\n// b.js\nconst $b = (() => {\nfunction b() {}\nclass B {}\nreturn { b, B };\n})();\n\
                        // a.js\nconst $a = (() => {\nconst { b } = $b;\nconst a = b();\nreturn { a };\n})();\n\
                        // main.js\nconst { a } = $a;\nconst { b: c } = $b;\nc(a);\n";
        assert_eq!(script.expect("modules of the kind that is known"), expected);
    }

    #[test]
    fn lines_of_comments_and_blanks_are_left_out() {
        let text = "/** One\n * two */\n\n  let a = 1; // stays\n  // goes\n/* goes */\n/* stays */ let b;\nlet c = \"/*\";\n";
        assert_eq!(bare_lines(text), ["let a = 1; // stays", "/* stays */ let b;", "let c = \"/*\";"]);
    }

    #[test]
    fn other_kinds_of_modules_are_refused() {
        let message = |main: &str| {
            joined_of(&[("main.js", main), ("a.js", "import './main.js';\n")]).expect_err("another kind")
        };
        assert_eq!(
            message("import a from './a.js';\n"),
            "main.js has an import of another kind: import a from './a.js';"
        );
        assert_eq!(
            message("import { a } from 'a';\n"),
            "main.js has an import of another kind: import { a } from 'a';"
        );
        assert_eq!(
            message("export let a = 1;\n"),
            "main.js has an export of another kind: export let a = 1;"
        );
        assert_eq!(message("export { a };\n"), "main.js has an export of another kind: export { a };");
        assert_eq!(message("import './a.js';\n"), "imports form a circle: main.js → a.js → main.js");
        assert_eq!(message("import './c.js';\n"), "c.js is missing");
        assert_eq!(message("import { a }\n"), "main.js ends within an import");
        assert_eq!(
            message("say(`\n`);\n"),
            "main.js has a text of several lines, whose blanks would be lost: say(`"
        );
    }
}
