use keyward_issuer::{terminal_safe_json, terminal_safe_text};
use keyward_ledger::audit::TreeHead;
use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::io::failure;
use crate::io::streams::Streams;

/// The result of a verification.
#[derive(Debug)]
pub struct Found {
    /// The log, as it was found; `None` if it is none that the checkpoints were signed for.
    pub head: Option<TreeHead>,
    /// The number of entries, from the first, that checkpoints confirm.
    pub confirmed: u64,
    /// Everything that differs.
    pub differences: Vec<String>,
    /// Sentences for people.
    pub remarks: Vec<String>,
    /// Further fields of the JSON.
    pub fields: Map<String, Value>,
}

/// A sentence about erased customers, if there are any.
pub fn erased_remark(erased: u64) -> Option<String> {
    (erased > 0).then(|| format!("Entries without personal values, because their customers were erased: {erased}."))
}

impl Found {
    /// Whether everything agrees.
    fn exit(&self) -> Exit {
        if self.differences.is_empty() { Exit::SUCCESS } else { Exit::DIFFERS }
    }

    /// Reports it in sentences.
    pub fn write(&self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        for difference in &self.differences {
            failure::report_one(difference, streams.messages);
        }
        for remark in &self.remarks {
            writeln!(streams.data, "{}", terminal_safe_text(remark))?;
        }
        Ok(self.exit())
    }

    /// Reports it as JSON.
    pub fn write_json(mut self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        let exit = self.exit();
        let mut fields = Map::new();
        fields.insert("agrees".to_owned(), json!(exit == Exit::SUCCESS));
        fields.insert("entries".to_owned(), json!(self.head.map(|head| head.size)));
        fields.insert("root".to_owned(), json!(self.head.map(|head| head.root.to_string())));
        fields.insert("confirmed".to_owned(), json!(self.confirmed));
        fields.insert("differences".to_owned(), json!(self.differences));
        fields.append(&mut self.fields);
        writeln!(streams.data, "{}", terminal_safe_json(serde_json::to_string_pretty(&fields)?))?;
        Ok(exit)
    }
}
