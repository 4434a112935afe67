//! Tells the story of a product that asks the server of its vendor: `cargo run --example online`.

fn main() -> anyhow::Result<()> {
    keyward_online::story::tell()
}
