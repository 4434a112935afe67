//! A certificate as an A4 page in SVG, black on white. Text stays text, and the file refers to no other.
//!
//! Lengths are in tenths of a millimetre. The printer chooses the fonts, so line breaks assume wide letters.

use anyhow::Context;

use crate::show::certificate::Certificate;
use crate::show::qr::{self, Printed};
use crate::show::wrap::wrap;
use crate::words::capitalised;

const LEFT: f64 = 200.0;
const RIGHT: f64 = 1900.0;
/// The left edge of values.
const VALUES: f64 = 500.0;
/// The left edge of groups, and the distance between them.
const GROUPS: f64 = 345.0;
const GROUP: f64 = 154.0;
/// The side of the code, and the light zone around it: four modules of the shortest key's code.
const CODE: f64 = 580.0;
const QUIET: f64 = 50.0;
/// The position of the rule above the instructions.
const FOOT: f64 = 2520.0;

/// The sizes of the terms. The first that fits is used; the last is just readable.
const SIZES: [f64; 9] = [40.0, 37.0, 34.0, 31.0, 28.0, 26.0, 24.0, 22.0, 20.0];

/// The whole page.
pub fn svg(certificate: &Certificate) -> anyhow::Result<String> {
    let code = qr::printed(&certificate.key)?;
    let page = SIZES.into_iter().find_map(|size| {
        let mut page = Page { svg: String::new(), y: LEFT };
        page.head(certificate);
        page.terms(certificate, size);
        page.key(certificate, &code);
        (page.y <= FOOT).then_some(page)
    });
    let mut page = page.context(
        "the license does not fit on a page: use --format text, or leave --catalog out for numbers in place of names",
    )?;
    page.foot(certificate);
    let (title, product) = (certificate.title, escaped(&certificate.product));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"210mm\" height=\"297mm\" viewBox=\"0 0 2100 2970\" \
         xml:space=\"preserve\">\n\
         <title>{title}: {product}</title>\n\
         <rect width=\"2100\" height=\"2970\" fill=\"#fff\"/>\n{}</svg>\n",
        page.svg
    ))
}

struct Page {
    svg: String,
    /// The position of the last line.
    y: f64,
}

impl Page {
    /// Title, product and edition.
    fn head(&mut self, certificate: &Certificate) {
        self.y += 30.0;
        self.text(LEFT, Font { more: " letter-spacing=\"8\"", ..SANS.sized(32.0) }, &certificate.title.to_uppercase());
        self.fitted(SERIF, [110.0, 90.0, 72.0, 58.0], 40.0, &certificate.product);
        self.fitted(SERIF, [58.0, 50.0, 44.0, 38.0], 20.0, &certificate.edition);
        self.rule(50.0, 6.0);
    }

    /// Writes the text in the largest size that fits one line, or else in the smallest size and several lines.
    fn fitted(&mut self, font: Font, sizes: [f64; 4], above: f64, text: &str) {
        let width = RIGHT - LEFT;
        let [.., smallest] = sizes;
        let fits = |size: &f64| text.chars().map(ems).sum::<f64>() * size <= width;
        let size = sizes.into_iter().find(fits).unwrap_or(smallest);
        self.y += above;
        for line in wrap(text, width / size, ems) {
            self.y += size * 1.1;
            self.text(LEFT, font.sized(size), &line);
        }
    }

    /// The terms, and the identity of the license.
    fn terms(&mut self, certificate: &Certificate, size: f64) {
        self.y += 20.0;
        for (rows, font, width_of) in
            [(&certificate.terms, SANS, ems as fn(char) -> f64), (&certificate.identity, MONO, |_| MONO_EMS)]
        {
            for (name, value) in rows {
                let mut lines = wrap(value, (RIGHT - VALUES) / size, width_of).into_iter();
                self.y += size * 1.6;
                self.text(LEFT, SANS.sized(size * 0.85), &capitalised(name));
                self.text(VALUES, font.sized(size), &lines.next().unwrap_or_default());
                for line in lines {
                    self.y += size * 1.25;
                    self.text(VALUES, font.sized(size), &line);
                }
            }
            self.y += size * 0.5;
        }
    }

    /// The groups in numbered rows, and the code beside them.
    fn key(&mut self, certificate: &Certificate, code: &Printed) {
        self.rule(30.0, 2.0);
        let top = self.y + 70.0;
        self.y = top + 22.0;
        self.text(LEFT, SANS_BOLD.sized(34.0), &certificate.heading());
        let rows = certificate.rows();
        self.y += 30.0;
        for (numbers, groups) in &rows {
            self.y += if rows.len() > 9 { 56.0 } else { 84.0 };
            let end = Font { more: " text-anchor=\"end\"", ..SANS.sized(24.0) };
            self.text(GROUPS - 40.0, end, numbers);
            let mut x = GROUPS;
            for group in groups {
                self.text(x, MONO.sized(42.0), group);
                x += GROUP;
            }
        }
        let (x, modules) = (RIGHT - CODE, code.modules);
        self.svg.push_str(&format!(
            "<svg x=\"{x:.0}\" y=\"{top:.0}\" width=\"{CODE:.0}\" height=\"{CODE:.0}\" viewBox=\"0 0 {modules} \
             {modules}\">\
             <path shape-rendering=\"crispEdges\" d=\"{}\"/></svg>\n",
            code.path
        ));
        self.y = self.y.max(top + CODE) + QUIET;
    }

    /// The instructions.
    fn foot(&mut self, certificate: &Certificate) {
        self.y = FOOT;
        self.rule(0.0, 2.0);
        self.y += 62.0;
        self.text(LEFT, SANS_BOLD.sized(34.0), "To verify it");
        self.y += 12.0;
        for line in certificate.command(92) {
            self.y += 40.0;
            self.text(LEFT, MONO.sized(30.0), &line);
        }
        self.y += 16.0;
        for line in certificate.instructions.iter().flat_map(|line| wrap(line, (RIGHT - LEFT) / 27.0, ems)) {
            self.y += 40.0;
            self.text(LEFT, SANS.sized(27.0), &line);
        }
    }

    fn rule(&mut self, above: f64, thickness: f64) {
        self.y += above;
        let (y, width) = (self.y, RIGHT - LEFT);
        self.svg.push_str(&format!("<rect x=\"{LEFT}\" y=\"{y:.0}\" width=\"{width}\" height=\"{thickness}\"/>\n"));
    }

    fn text(&mut self, x: f64, font: Font, text: &str) {
        let (y, Font { family, size, more }) = (self.y, font);
        let text = escaped(text);
        self.svg.push_str(&format!(
            "<text x=\"{x:.0}\" y=\"{y:.0}\" font-family=\"{family}\" font-size=\"{size:.0}\"{more}>{text}</text>\n"
        ));
    }
}

#[derive(Debug, Clone, Copy)]
struct Font {
    family: &'static str,
    size: f64,
    /// Further attributes.
    more: &'static str,
}

const SANS: Font = Font { family: "sans-serif", size: 0.0, more: "" };
const SANS_BOLD: Font = Font { more: " font-weight=\"bold\"", ..SANS };
const SERIF: Font = Font { family: "serif", ..SANS };
const MONO: Font = Font { family: "monospace", ..SANS };

impl Font {
    const fn sized(self, size: f64) -> Font {
        Font { size, ..self }
    }
}

/// The width of a letter in a wide font, as a multiple of the font size.
fn ems(character: char) -> f64 {
    match character {
        'W' | 'M' | 'm' | 'w' | '@' | '%' => 1.0,
        'A'..='Z' | '&' | '+' | '<' | '=' | '>' => 0.84,
        ' '..='~' => 0.64,
        _ => 1.0,
    }
}

const MONO_EMS: f64 = 0.61;

/// The text as the content of an element. No name has characters that XML lacks.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
