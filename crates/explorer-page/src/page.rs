//! The page as one file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zopfli::{Format, Options, compress};

use crate::modules::{bare_lines, joined};
use crate::sha256::sha256;

const POLICY: &str = "<!-- content policy -->";
const MAIN: &str = r#"<script type="module" id="main" src="main.js"></script>"#;
const MODULE: &str = r#"<script type="application/octet-stream" id="module"></script>"#;
const STYLE: (&str, [&str; 2]) = (r#"<link rel="stylesheet" href=""#, [r#"" />"#, r#"">"#]);

/// The module as text: base64 of deflated bytes. Seconds go into making them few: that is paid once, and the page is sent many times.
pub(crate) fn packed(module: &[u8]) -> String {
    let mut packed = Vec::new();
    compress(Options::default(), Format::Deflate, module, &mut packed).expect("a vector takes all bytes");
    STANDARD.encode(packed)
}

/// The page, of the files that `text` reads and a packed module.
pub(crate) fn assembled(
    text: &dyn Fn(&str) -> Result<String, String>,
    packed: &str,
) -> Result<String, String> {
    let mut page = String::new();
    let (mut scripts, mut styles) = (Vec::new(), Vec::new());
    let mut found = [0; 3];
    for line in text("index.html")?.lines() {
        let placed = match line.trim() {
            POLICY => {
                found[0] += 1;
                POLICY.to_owned()
            }
            MAIN => {
                found[1] += 1;
                let script = embeddable("main.js", joined("main.js", text)?)?;
                scripts.push(hash(&script));
                format!("<script type=\"module\" id=\"main\">{script}</script>")
            }
            MODULE => {
                found[2] += 1;
                format!("<script type=\"application/octet-stream\" id=\"module\">{packed}</script>")
            }
            other => match style(other) {
                Some(name) => {
                    let style = embeddable(name, format!("\n{}\n", bare_lines(&text(name)?).join("\n")))?;
                    styles.push(hash(&style));
                    format!("<style>{style}</style>")
                }
                None => other.to_owned(),
            },
        };
        page += &format!("{placed}\n");
    }
    for (count, element) in found.iter().zip([POLICY, MAIN, MODULE]) {
        if *count != 1 {
            return Err(format!("index.html has {count} lines `{element}`, and not one"));
        }
    }
    Ok(page.replacen(POLICY, &policy(&scripts, &styles), 1))
}

/// How two pages differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Same,
    OtherModule,
    Other,
}

/// Compares two pages.
pub(crate) fn compared(page: &str, other: &str) -> Comparison {
    match () {
        () if page == other => Comparison::Same,
        () if without_module(page) == without_module(other) => Comparison::OtherModule,
        () => Comparison::Other,
    }
}

/// What stands before and after the module.
fn without_module(page: &str) -> Option<(&str, &str)> {
    let (before, rest) = page.split_once(MODULE.strip_suffix("</script>")?)?;
    Some((before, rest.split_once("</script>")?.1))
}

/// The file of a line that links a style.
fn style(line: &str) -> Option<&str> {
    let (before, after) = STYLE;
    let rest = line.strip_prefix(before)?;
    after.iter().find_map(|after| rest.strip_suffix(after))
}

/// Refuses what would end the element around it.
fn embeddable(name: &str, text: String) -> Result<String, String> {
    let lower = text.to_lowercase();
    match ["</script", "</style", "<!--"].iter().find(|end| lower.contains(**end)) {
        Some(end) => Err(format!("{name} contains `{end}`, which would end the element that it is put into")),
        None => Ok(text),
    }
}

/// The content policy: these scripts and styles, the module, workers of what the page itself has, and nothing from anywhere else.
fn policy(scripts: &[String], styles: &[String]) -> String {
    let (scripts, styles) = (scripts.join(" "), styles.join(" "));
    let policy = format!(
        "default-src 'none'; script-src {scripts} 'wasm-unsafe-eval'; style-src {styles}; img-src data: blob:; worker-src blob:; \
         base-uri 'none'; form-action 'none'"
    );
    format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\" />")
}

/// How a content policy names the text of an element.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(sha256(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = r#"<head>
  <!-- content policy -->
  <link rel="stylesheet" href="style.css" />
</head>
<script type="module" id="main" src="main.js"></script>
<script type="application/octet-stream" id="module"></script>
"#;

    fn files(name: &str) -> Result<String, String> {
        Ok(match name {
            "index.html" => INDEX,
            "style.css" => "p { color: red }\n",
            _ => "run();\n",
        }
        .to_owned())
    }

    #[test]
    fn everything_is_in_one_file() {
        let page = assembled(&files, &packed(b"module")).expect("a whole page");
        assert!(page.contains("<style>\np { color: red }\n</style>"));
        assert!(page.contains("<script type=\"module\" id=\"main\">"));
        assert!(!page.contains("src=") && !page.contains("href="));
        // `printf '\np { color: red }\n' | openssl dgst -sha256 -binary | base64`
        assert!(page.contains("style-src 'sha256-7Snye0l4UNtpMvNLuyPLr9ySuX29DuwWKkaMJcmejjM='"), "{page}");
        let module = page.split("id=\"module\">").nth(1).and_then(|rest| rest.split('<').next());
        let bytes = STANDARD.decode(module.expect("the module")).expect("base64");
        assert_eq!(miniz_oxide::inflate::decompress_to_vec(&bytes).expect("deflated"), b"module");
    }

    #[test]
    fn a_page_with_another_module_is_told_from_another_page() {
        let page = |module: &[u8]| assembled(&files, &packed(module)).expect("a whole page");
        assert_eq!(compared(&page(b"one"), &page(b"one")), Comparison::Same);
        assert_eq!(compared(&page(b"one"), &page(b"another")), Comparison::OtherModule);
        assert_eq!(compared(&page(b"one"), &page(b"one").replace("red", "blue")), Comparison::Other);
    }

    #[test]
    fn what_is_missing_or_would_break_out_is_refused() {
        let without = |name: &str| files(name).map(|text| text.replace(MAIN, ""));
        assert_eq!(
            assembled(&without, "").unwrap_err(),
            format!("index.html has 0 lines `{MAIN}`, and not one")
        );
        let broken = |name: &str| files(name).map(|text| text.replace("run()", "say('</SCRIPT>')"));
        let message = "main.js contains `</script`, which would end the element that it is put into";
        assert_eq!(assembled(&broken, "").unwrap_err(), message);
    }
}
