//! Configuration with its secrets, and what a backup may leave out: logs, caches, weights.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::error::{At, Result};
use crate::files::{make_dir, write, write_noise};
use crate::layout::Layout;
use crate::seed::Rng;
use crate::stamp::{BEGIN, END};
use crate::words::prose;

const CACHE_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This folder can be made anew; programs that back up may leave it out.
";
const NGINX: &str = "server {
    listen 443 ssl;
    server_name chat.example.org;
    ssl_certificate /etc/letsencrypt/live/chat.example.org/fullchain.pem;
    location / {
        proxy_pass http://127.0.0.1:8080;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection \"upgrade\";
    }
}
";
pub(crate) const LOGS: [&str; 3] = ["webui.log", "agent.log", "access.log"];

pub(crate) fn configuration(layout: &Layout, seed: u64) -> Result<()> {
    make_dir(&layout.config())?;
    let mut rng = Rng::new(seed, "config", 0);
    let env = format!(
        "# Secrets of this chatbot. Made up.\nWEBUI_SECRET_KEY={}\nOPENROUTER_API_KEY=sk-or-v1-{}\n\
         WEBUI_NAME=\"Our little chatbot\"\nADMIN_NOTE=three words here\nSMTP_PASSWORD='{} {} {}'\n",
        rng.hex(64),
        rng.hex(64),
        rng.hex(4),
        rng.hex(4),
        rng.hex(4),
    );
    write(&layout.env(), env.as_bytes())?;
    let config = format!(
        "{{\n  \"version\": 0,\n  \"ui\": {{ \"default_locale\": \"de\", \"banners\": [] }},\n  \
         \"openai\": {{ \"api_base_urls\": [\"https://openrouter.ai/api/v1\"], \
         \"api_key_encrypted\": \"gAAAAA{}\" }}\n}}\n",
        rng.hex(120)
    );
    write(&layout.config().join("config.json"), config.as_bytes())?;
    write(&layout.config().join("nginx.conf"), NGINX.as_bytes())
}

pub(crate) fn logs(layout: &Layout, seed: u64, budget: u64) -> Result<()> {
    make_dir(&layout.logs())?;
    for (index, name) in LOGS.iter().enumerate() {
        let path = layout.logs().join(name);
        let mut file = File::create(&path).at(&path)?;
        let mut rng = Rng::new(seed, "log", index as u64);
        write_log(&mut file, &path, &mut rng, budget / 3, BEGIN)?;
    }
    Ok(())
}

/// Lines of about `len` bytes together.
pub(crate) fn write_log(file: &mut File, path: &Path, rng: &mut Rng, len: u64, from: i64) -> Result<()> {
    let mut left = len;
    let mut at = from;
    let mut lines = String::with_capacity((1 << 20) + 256);
    while left > 0 {
        lines.clear();
        while (lines.len() as u64) < left.min(1 << 20) {
            at += rng.between(0, 30) as i64;
            let level = *rng.pick(&["INFO", "INFO", "INFO", "WARNING", "ERROR"]);
            let millis = rng.below(1_000);
            let _ = write!(lines, "{at}.{millis:03} | {level:<8} | open_webui.main - ");
            let len = rng.between(20, 120);
            prose(rng, &mut lines, len as usize, " ");
            lines.push('\n');
        }
        file.write_all(lines.as_bytes()).at(path)?;
        left = left.saturating_sub(lines.len() as u64);
    }
    Ok(())
}

pub(crate) fn cache(layout: &Layout, seed: u64, budget: u64) -> Result<()> {
    let folder = layout.cache();
    make_dir(&folder.join("embedding/models"))?;
    make_dir(&folder.join("audio/transcriptions"))?;
    write(&folder.join("CACHEDIR.TAG"), CACHE_TAG.as_bytes())?;
    let mut rng = Rng::new(seed, "cache", 0);
    let each = (budget / 4).max(1);
    for index in 0..4 {
        let inside = if index < 2 { "embedding/models" } else { "audio/transcriptions" };
        let path = folder.join(inside).join(format!("{}.bin", rng.hex(16)));
        write_noise(&path, &mut rng, b"", each)?;
    }
    Ok(())
}

pub(crate) fn models(layout: &Layout, seed: u64, budget: u64) -> Result<()> {
    make_dir(&layout.models())?;
    for (index, name) in ["tiny-chat.Q4_K_M.gguf", "tiny-embed.F16.gguf"].iter().enumerate() {
        let mut rng = Rng::new(seed, "model", index as u64);
        write_noise(&layout.models().join(name), &mut rng, b"GGUF\x03\0\0\0", budget / 2)?;
    }
    let about = format!("{{\"fetched_at\": {END}, \"source\": \"made up\"}}\n");
    write(&layout.models().join("about.json"), about.as_bytes())
}
