use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, Rectangle, SVGBackend, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, TextStyle};

use crate::Row;

/// Greys that are legible on white and on black, since the background is transparent.
const TEXT: RGBColor = RGBColor(0x76, 0x7E, 0x88);
const BAR: RGBColor = RGBColor(0x9A, 0xA4, 0xAF);
const OURS: RGBColor = RGBColor(0x2F, 0x81, 0xF7);

const FONT: &str = "system-ui, Helvetica, Arial, sans-serif";
const NAMES: i32 = 200;
const PANEL: i32 = 270;
const BARS: i32 = 200;
const TOP: i32 = 44;
const LINE: i32 = 27;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Three panels of bars beside one list of names, the shortest text first.
pub fn draw(rows: &[Row]) -> Result<String> {
    let mut svg = String::new();
    let lines = i32::try_from(rows.len())?;
    let size = (u32::try_from(NAMES + 3 * PANEL)?, u32::try_from(TOP + lines * LINE + 8)?);
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    for (line, row) in (0..).zip(rows) {
        let color = if row.about.ours { OURS } else { TEXT };
        text(&area, row.about.name, (NAMES - 10, middle(line)), HPos::Right, color)?;
    }
    panel(&area, 0, "characters", rows, Value::Count, |row| row.characters.1 as f64)?;
    panel(&area, 1, "issuing, signing alone = 1", rows, Value::Ratio, |row| row.issue.ratio)?;
    panel(&area, 2, "verifying, the signature alone = 1", rows, Value::Ratio, |row| row.verify.ratio)?;
    area.present().map_err(failed)?;
    drop(area);
    Ok(svg)
}

enum Value {
    Count,
    Ratio,
}

fn panel(
    area: &Area<'_>,
    number: i32,
    title: &str,
    rows: &[Row],
    kind: Value,
    value: impl Fn(&Row) -> f64,
) -> Result<()> {
    let left = NAMES + number * PANEL;
    let most = rows.iter().map(&value).fold(0.0, f64::max);
    text(area, title, (left, TOP / 2), HPos::Left, TEXT)?;
    for (line, row) in (0..).zip(rows) {
        let length = (value(row) / most * f64::from(BARS)).round().max(1.0) as i32;
        let color = if row.about.ours { OURS } else { BAR };
        let corners = [(left, middle(line) - 8), (left + length, middle(line) + 8)];
        area.draw(&Rectangle::new(corners, color.filled())).map_err(failed)?;
        let color = if row.about.ours { OURS } else { TEXT };
        let value = match kind {
            Value::Count => format!("{:.0}", value(row)),
            Value::Ratio => format!("{:.2}", value(row)),
        };
        text(area, &value, (left + length + 6, middle(line)), HPos::Left, color)?;
    }
    Ok(())
}

fn middle(line: i32) -> i32 {
    TOP + line * LINE + LINE / 2
}

fn text(area: &Area<'_>, text: &str, at: (i32, i32), side: HPos, color: RGBColor) -> Result<()> {
    let style = TextStyle::from((FONT, 15).into_font()).color(&color).pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the chart: {error}")
}
