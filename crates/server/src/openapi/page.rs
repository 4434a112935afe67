use std::fmt::Write;

use serde_json::Value;

/// The styles of the page.
pub(crate) const STYLES: &str = include_str!("page.css");

/// The document as a page for readers: without scripts, and without anything from other hosts.
pub(crate) fn page(document: &Value) -> String {
    let mut page = Page(String::new());
    page.push(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Keyward: the API</title>\n",
    );
    page.push("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push("<link rel=\"stylesheet\" href=\"/docs/api.css\">\n</head>\n<body>\n<nav aria-label=\"Calls\">\n");
    for tag in items(&document["tags"]) {
        page.element("h2", text(&tag["name"]));
        page.push("<ul>\n");
        for (path, method, call) in calls(document, tag) {
            page.push(&format!("<li><a href=\"#{}\">", escaped(text(&call["operationId"]))));
            page.element("b", &method.to_uppercase());
            page.push(&format!(" {}</a></li>\n", escaped(path)));
        }
        page.push("</ul>\n");
    }
    page.push("</nav>\n<main>\n<h1>The API of Keyward</h1>\n");
    text(&document["info"]["description"]).split("\n\n").for_each(|paragraph| page.prose(paragraph));
    page.push("<p>The same for programs: <a href=\"/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>\n");
    for tag in items(&document["tags"]) {
        page.element("h2", text(&tag["name"]));
        page.prose(text(&tag["description"]));
        for (path, method, call) in calls(document, tag) {
            page.call(document, path, method, call);
        }
    }
    page.push("</main>\n</body>\n</html>\n");
    page.0
}

/// The calls of a section.
fn calls<'a>(document: &'a Value, tag: &'a Value) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let calls = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, call)| (path.as_str(), method.as_str(), call))
    });
    calls.filter(move |(.., call)| call["tags"][0] == tag["name"])
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What a reference leads to.
fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|target| document.pointer(target.trim_start_matches('#')));
    target.unwrap_or(value)
}

struct Page(String);

impl Page {
    fn push(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn element(&mut self, name: &str, text: &str) {
        // Writing to a text can't fail.
        let _ = write!(self.0, "<{name}>{}</{name}>", escaped(text));
    }

    /// A paragraph, in which backquotes mark code.
    fn prose(&mut self, text: &str) {
        self.push("<p>");
        self.words(text);
        self.push("</p>\n");
    }

    fn words(&mut self, text: &str) {
        for (number, part) in text.split('`').enumerate() {
            match number % 2 {
                0 => self.push(&escaped(part)),
                _ => self.element("code", part),
            }
        }
    }

    fn call(&mut self, document: &Value, path: &str, method: &str, call: &Value) {
        self.push(&format!("<section id=\"{}\">\n<h3>", escaped(text(&call["operationId"]))));
        self.element("b", &method.to_uppercase());
        self.push(&format!(" {}</h3>\n", escaped(path)));
        self.prose(&format!("{}.", text(&call["summary"]).trim_end_matches('.')));
        if let Some(description) = call["description"].as_str() {
            self.prose(description);
        }
        let scopes: Vec<_> = items(&call["security"]).flat_map(|one| items(&one["token"])).map(text).collect();
        if !scopes.is_empty() {
            self.prose(&format!("Scope: `{}`", scopes.join("`, `")));
        }
        self.push("<pre tabindex=\"0\"><code>");
        self.push(&escaped(text(&call["x-codeSamples"][0]["source"])));
        self.push("</code></pre>\n");
        let parameters: Vec<_> = items(&call["parameters"])
            .map(|one| {
                let is_required = one["required"] == true;
                (text(&one["name"]), one["in"].as_str().unwrap_or_default(), is_required, text(&one["description"]))
            })
            .collect();
        self.table("Parameters", &parameters);
        let body = &call["requestBody"]["content"]["application/json"]["schema"];
        let body = followed(document, body);
        let required: Vec<_> = items(&body["required"]).map(text).collect();
        let fields: Vec<_> = body["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, field)| (name.as_str(), "", required.contains(&name.as_str()), text(&field["description"])))
            .collect();
        self.table("Body", &fields);
        let answers: Vec<_> = call["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, answer)| (status.as_str(), "", false, text(&followed(document, answer)["description"])))
            .collect();
        self.table("Answers", &answers);
        self.push("</section>\n");
    }

    fn table(&mut self, caption: &str, rows: &[(&str, &str, bool, &str)]) {
        if rows.is_empty() {
            return;
        }
        self.push("<table>\n");
        self.element("caption", caption);
        self.push("\n<tbody>\n");
        for (name, place, is_required, description) in rows {
            self.push("<tr><th scope=\"row\">");
            self.element("code", name);
            self.push("</th><td>");
            let labels = [*place, if *is_required { "needed" } else { "" }];
            for label in labels.into_iter().filter(|label| !label.is_empty()) {
                self.element("small", label);
                self.push(" ");
            }
            self.words(description);
            self.push("</td></tr>\n");
        }
        self.push("</tbody>\n</table>\n");
    }
}
