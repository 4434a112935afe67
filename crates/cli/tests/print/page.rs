//! The page in SVG, read as XML.

use std::fs;

use keyward_catalog::Catalog;
use serde_json::json;

use crate::common::fixture;
use crate::{KEYS, certificate, characters, print, shop, sign};

/// A page, read by a strict XML parser.
pub struct Page {
    texts: Vec<Text>,
    code: (f64, f64, f64),
}

struct Text {
    x: f64,
    y: f64,
    size: f64,
    font: String,
    text: String,
}

impl Page {
    /// Fails if the page has elements or attributes that do not draw.
    pub fn read(svg: &str) -> Page {
        let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
        let mut page = Page { texts: Vec::new(), code: (0.0, 0.0, 0.0) };
        let is_path = |node: &roxmltree::Node<'_, '_>| node.tag_name().name() == "path";
        assert_eq!(document.descendants().filter(is_path).count(), 1);
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            assert_eq!(element.tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
            let number = |name: &str| element.attribute(name).unwrap().parse::<f64>().unwrap();
            match element.tag_name().name() {
                "text" => page.texts.push(Text {
                    x: number("x"),
                    y: number("y"),
                    size: number("font-size"),
                    font: element.attribute("font-family").unwrap().to_owned(),
                    text: element.text().unwrap_or_default().to_owned(),
                }),
                "svg" if element.parent_element().is_some() => page.code = (number("x"), number("y"), number("width")),
                "svg" | "title" | "rect" | "path" => {}
                other => panic!("<{other}> in {svg}"),
            }
            for attribute in element.attributes() {
                let drawing = [
                    "x",
                    "y",
                    "width",
                    "height",
                    "viewBox",
                    "fill",
                    "d",
                    "shape-rendering",
                    "font-family",
                    "font-size",
                    "font-weight",
                    "letter-spacing",
                    "text-anchor",
                    "space",
                ];
                assert!(drawing.contains(&attribute.name()), "{} in {svg}", attribute.name());
            }
        }
        page
    }

    /// The position and the size of the code.
    pub fn code(&self) -> (f64, f64, f64) {
        self.code
    }

    /// The groups, in sequence.
    pub fn groups(&self) -> String {
        let is_group = |text: &&Text| text.text.len() == 5 && text.text.chars().all(|c| c.is_ascii_alphanumeric());
        let is_group = |text: &&Text| text.font == "monospace" && is_group(text);
        self.texts.iter().filter(is_group).map(|text| text.text.as_str()).collect()
    }

    /// The value to the right of the first of these names.
    pub fn values(&self, names: &[&str]) -> String {
        let at = self.texts.iter().position(|text| names.contains(&text.text.as_str())).unwrap();
        let left = self.texts[at].x;
        let values = self.texts[at + 1..].iter().take_while(|text| text.x > left).map(|text| text.text.as_str());
        values.collect::<Vec<_>>().join(" ")
    }

    pub fn assert_within_its_margins(&self) {
        for text in &self.texts {
            // Only W and M are wider than this among common letters.
            let wide = if text.font == "monospace" { 0.61 } else { 0.5 };
            let end = text.x + text.size * wide * f64::from(u32::try_from(text.text.chars().count()).unwrap());
            assert!(end <= 1960.0, "{} ends at {end}", text.text);
            assert!(text.y - text.size >= 150.0 && text.y <= 2800.0, "{} is at {}", text.text, text.y);
        }
        let mut lines: Vec<(f64, f64)> =
            self.texts.iter().filter(|text| text.x < 600.0).map(|text| (text.y, text.size)).collect();
        lines.sort_by(|one, other| one.0.total_cmp(&other.0));
        for pair in lines.windows(2) {
            assert!(pair[0].0 == pair[1].0 || pair[1].0 - pair[0].0 >= pair[1].1, "{pair:?}");
        }
    }
}

#[test]
fn no_name_becomes_markup() {
    let folder = shop();
    for licensee in [
        "<script>alert(1)</script>",
        "]]> <![CDATA[ ]]>",
        "</text></svg><svg onload='x()'>",
        "\"quoted\" & 'quoted' &amp; &lt;",
        "&#60;image href=\"http://x/\"/> &x;",
        "<!-- --> <?xml version='1.0'?>",
        "<!DOCTYPE svg [<!ENTITY x \"y\">]>",
        "\\u003cscript\\u003e {{x}} ${x} %3C",
        "a  b   c",
        "שלום Müller & Søn 株式会社 🔑",
    ] {
        sign(folder.path(), &json!({ "licensee": licensee }));
        let printed = print(folder.path(), &["--format", "svg", "license.txt"]);
        assert_eq!((printed.code, printed.stderr.as_str()), (0, ""), "{printed:?}");
        assert_eq!(Page::read(&printed.stdout).values(&["Licensee"]), licensee);
        let text = print(folder.path(), &["license.txt"]).stdout;
        assert!(text.contains(&format!("  licensee         {licensee}\n")), "{text}");
    }
}

#[test]
fn a_name_in_a_catalogue_never_becomes_markup() {
    let folder = shop();
    let hostile = r#"<b onclick='x'>&amp;"#;
    let catalog = Catalog::EXAMPLE.replace("\"Acme Studio\"", &format!("\"{hostile} Studio\""));
    let catalog = catalog.replace("\"Export to PDF\"", &format!("\"{hostile} PDF\""));
    fs::write(folder.path().join("catalog.toml"), catalog).unwrap();
    sign(folder.path(), &json!({}));
    let printed = print(folder.path(), &["--catalog", "catalog.toml", "--format", "svg", "license.txt"]);
    assert_eq!(printed.code, 0, "{printed:?}");
    let page = Page::read(&printed.stdout);
    assert!(page.texts.iter().any(|text| text.text == format!("{hostile} Studio")));
    assert_eq!(page.values(&["Features"]), format!("{hostile} PDF, Teamwork, Plug-ins"));
}

#[test]
fn a_certificate_larger_than_a_page_is_refused_and_fits_as_text_or_with_numbers() {
    let folder = shop();
    let features: String =
        (4..64).map(|bit| format!("f{bit} = {{ bit = {bit}, name = \"{bit} {}\" }}\n", "m".repeat(97))).collect();
    let catalog =
        Catalog::EXAMPLE.replace("[products.studio.limits]", &format!("{features}\n[products.studio.limits]"));
    fs::write(folder.path().join("catalog.toml"), catalog).unwrap();
    sign(folder.path(), &json!({ "features": (0..64).collect::<Vec<u8>>() }));
    let all = ["--catalog", "catalog.toml", "license.txt"];
    let refused = print(folder.path(), &[&["--format", "svg", "-o", "page.svg"], &all[..]].concat());
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert!(refused.stderr.contains("--format text") && refused.stderr.contains("--catalog"), "{refused:?}");
    assert!(!folder.path().join("page.svg").exists());
    assert_eq!(print(folder.path(), &all).code, 0);
    assert_eq!(print(folder.path(), &["--format", "svg", "license.txt"]).code, 0);
}

#[test]
fn the_page_and_the_text_have_the_same_contents() {
    for name in KEYS {
        let key = format!("keys/{name}.txt");
        let (text, page) = (certificate("text", &key), Page::read(&certificate("svg", &key)));
        let rows = text.lines().filter(|line| line.starts_with("  ") && line.get(19..).is_some());
        let rows = rows.take_while(|line| !line.starts_with("  1–6")).filter(|line| !line.starts_with("    "));
        let mut compared = 0;
        for (name, value) in rows.map(|row| row.split_at(19)) {
            let name = name.trim();
            let shown = page.values(&[&format!("{}{}", name[..1].to_uppercase(), &name[1..])]);
            assert!(shown.replace(' ', "").starts_with(&value.replace(' ', "")), "{name}: {shown}, and not {value}");
            compared += 1;
        }
        assert!(compared >= 8, "{text}");
        assert_eq!(page.groups(), characters(&fixture(&key)));
    }
}
