//! What a file is by its name alone, where no preset knows better.
use crate::deployment::marks::is_uuid;
use holdfast_domain::Class;

/// A class, or what makes the thing re-creatable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    Class(Class),
    Recreatable(&'static str),
}

/// `path` is relative to a root or to a chatbot's data folder. Folders above decide too, so the
/// answer is the same whether or not a walk came by them.
pub(super) fn guess(path: &[u8], is_dir: bool) -> Guess {
    let mut place = Place::default();
    let mut parts = path.split(|byte| *byte == b'/').peekable();
    let mut parent: &[u8] = b"";
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let lower = part.to_ascii_lowercase();
        if is_dir || !last {
            if let Some(what) = rebuilt_folder(&lower) {
                return Guess::Recreatable(what);
            }
            place.enter(&lower);
        }
        if last && !is_dir {
            return file(part, &lower, parent, place);
        }
        parent = part;
    }
    Guess::Class(place.class().unwrap_or(Class::Files))
}

/// What the folders on the way say.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    logs: bool,
    chat: bool,
    uploads: bool,
    vectors: bool,
    git: bool,
}

impl Place {
    fn enter(&mut self, name: &[u8]) {
        match name {
            b"logs" | b"log" => self.logs = true,
            b"chat" | b"chats" | b"conversations" | b"group chats" | b"characters" | b"threads" => {
                self.chat = true;
            }
            b"uploads" | b"upload" | b"attachments" | b"documents" | b"user-files" => {
                self.uploads = true;
            }
            b"lancedb" | b"vector_db" | b"vectordb" | b"vectorstore" | b"vector_store" | b"chroma_db" | b"chromadb"
            | b"chroma_data" | b"chroma-data" | b"faiss_index" | b"qdrant_storage" => self.vectors = true,
            b".git" => self.git = true,
            _ if name.ends_with(b".lance") => self.vectors = true,
            _ => {}
        }
    }

    fn class(self) -> Option<Class> {
        if self.git {
            Some(Class::Application)
        } else if self.vectors {
            Some(Class::Vectors)
        } else if self.logs && !self.chat {
            // A chat history under logs/ is what the person would miss most.
            Some(Class::Logs)
        } else {
            None
        }
    }
}

fn rebuilt_folder(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"node_modules" | b"bower_components" => "packages of npm",
        b".venv" | b"venv" | b".tox" | b".nox" | b"site-packages" => "a virtual environment of Python",
        b"__pycache__" | b".mypy_cache" | b".pytest_cache" | b".ruff_cache" => "a cache of Python's tools",
        b".cache" | b".npm" | b".pnpm-store" | b".thumbnails" | b".gradle" | b".parcel-cache" | b".svelte-kit"
        | b".next" | b".nuxt" | b".turbo" => "a cache",
        b"lost+found" => "the file system's own folder",
        b"$recycle.bin" => "the waste bin",
        _ if name.starts_with(b".trash") => "the waste bin",
        // The layout of a Hugging Face cache.
        _ if name.starts_with(b"models--") => "model weights",
        _ => return None,
    })
}

fn file(name: &[u8], lower: &[u8], parent: &[u8], place: Place) -> Guess {
    let dot = lower.iter().rposition(|byte| *byte == b'.');
    let extension = dot.filter(|at| *at > 0).map_or(&b""[..], |at| &lower[at + 1..]);
    if let Some(what) = rebuilt_file(lower, extension) {
        return Guess::Recreatable(what);
    }
    if place.git {
        return Guess::Class(Class::Application);
    }
    if place.vectors || is_vectors(lower, extension, parent) {
        return Guess::Class(Class::Vectors);
    }
    // What people sent to the chatbot is theirs, whatever it is called.
    if place.uploads || (place.chat && !is_code(extension)) {
        return Guess::Class(Class::Files);
    }
    if is_config(name, lower, extension) {
        return Guess::Class(Class::Config);
    }
    if place.logs || is_log(lower, extension) {
        return Guess::Class(Class::Logs);
    }
    if is_code(extension) || is_project(lower) {
        return Guess::Class(Class::Application);
    }
    Guess::Class(Class::Files)
}

fn rebuilt_file(lower: &[u8], extension: &[u8]) -> Option<&'static str> {
    // A trained adapter is small, and often nowhere else.
    if lower.starts_with(b"adapter_") {
        return None;
    }
    Some(match extension {
        b"gguf" | b"ggml" | b"safetensors" | b"ckpt" | b"pth" | b"onnx_data" => "model weights",
        b"pyc" | b"pyo" => "a cache of Python's tools",
        b"crdownload" | b"part" => "an unfinished download",
        b"bin" if lower.starts_with(b"pytorch_model") || lower.starts_with(b"ggml-") => "model weights",
        _ if matches!(lower, b".ds_store" | b"thumbs.db" | b"desktop.ini") => "a file manager's own file",
        _ => return None,
    })
}

fn is_vectors(lower: &[u8], extension: &[u8], parent: &[u8]) -> bool {
    const SEGMENT: [&[u8]; 5] =
        [b"header.bin", b"data_level0.bin", b"length.bin", b"link_lists.bin", b"index_metadata.pickle"];
    lower.starts_with(b"chroma.sqlite3")
        || lower == b"index.pkl"
        || matches!(extension, b"faiss" | b"index" | b"hnsw" | b"annoy" | b"usearch" | b"lance")
        || (is_uuid(parent) && SEGMENT.contains(&lower))
}

fn is_config(name: &[u8], lower: &[u8], extension: &[u8]) -> bool {
    let stem = lower.split(|byte| *byte == b'.').next().unwrap_or_default();
    let is_data = matches!(
        extension,
        b"json" | b"yaml" | b"yml" | b"toml" | b"ini" | b"conf" | b"cfg" | b"php" | b"py" | b"txt" | b""
    );
    let has = |word: &[u8]| lower.windows(word.len()).any(|part| part == word);
    let example = [&b"example"[..], b"sample", b"template"].iter().any(|w| has(w));
    if example {
        return false;
    }
    lower == b".env"
        || lower.starts_with(b".env.")
        || matches!(
            extension,
            b"env"
                | b"key"
                | b"pem"
                | b"crt"
                | b"cer"
                | b"p12"
                | b"pfx"
                | b"jks"
                | b"conf"
                | b"ini"
                | b"cfg"
                | b"service"
                | b"timer"
                | b"socket"
                | b"kcpps"
        )
        || (is_data && matches!(stem, b"config" | b"settings" | b"secrets" | b"secret" | b"credentials" | b"librechat"))
        || (matches!(extension, b"yml" | b"yaml")
            && (lower.starts_with(b"docker-compose") || lower.starts_with(b"compose")))
        || (is_data && !name.is_empty() && (has(b"secret") || has(b"_key") || has(b"token_hash")))
        || matches!(lower, b"caddyfile" | b".htaccess" | b".npmrc" | b"id_rsa" | b"id_ed25519" | b"crontab")
}

/// `app.log`, and what rotation makes of it: `app.log.3`, `app.log.3.gz`, `app.log-20261121`.
fn is_log(lower: &[u8], extension: &[u8]) -> bool {
    let name = match extension {
        b"gz" | b"xz" | b"zst" | b"bz2" => &lower[..lower.len() - extension.len() - 1],
        _ => lower,
    };
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let stem = match digits {
        0 => name,
        _ => name[..name.len() - digits]
            .strip_suffix(b".")
            .or(name[..name.len() - digits].strip_suffix(b"-"))
            .unwrap_or(name),
    };
    stem.ends_with(b".log")
}

fn is_code(extension: &[u8]) -> bool {
    matches!(
        extension,
        b"py"
            | b"pyi"
            | b"js"
            | b"mjs"
            | b"cjs"
            | b"ts"
            | b"tsx"
            | b"jsx"
            | b"svelte"
            | b"vue"
            | b"php"
            | b"rb"
            | b"go"
            | b"rs"
            | b"java"
            | b"kt"
            | b"c"
            | b"h"
            | b"cpp"
            | b"hpp"
            | b"cs"
            | b"sh"
            | b"bash"
            | b"ps1"
            | b"bat"
            | b"css"
            | b"scss"
            | b"lock"
            | b"wasm"
    )
}

fn is_project(lower: &[u8]) -> bool {
    matches!(
        lower,
        b"package.json"
            | b"package-lock.json"
            | b"pnpm-lock.yaml"
            | b"pyproject.toml"
            | b"pipfile"
            | b"gemfile"
            | b"composer.json"
            | b"go.mod"
            | b"go.sum"
            | b"cargo.toml"
            | b"makefile"
            | b"dockerfile"
            | b"tsconfig.json"
            | b".gitignore"
            | b".dockerignore"
    ) || (lower.starts_with(b"requirements") && lower.ends_with(b".txt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(path: &str) -> Option<Class> {
        match guess(path.as_bytes(), false) {
            Guess::Class(class) => Some(class),
            Guess::Recreatable(_) => None,
        }
    }

    #[test]
    fn names_say_what_a_file_is() {
        use Class::{Application, Config, Files, Logs, Vectors};
        for (path, expected) in [
            (".env", Config),
            ("backend/.env.production", Config),
            (".env.example", Files),
            ("encryption.key", Config),
            (".webui_secret_key", Config),
            ("cookie-secret.txt", Config),
            ("config/config.json", Config),
            ("config.php", Config),
            ("docker-compose.override.yml", Config),
            ("nginx.conf", Config),
            ("bot.service", Config),
            ("main.py", Application),
            ("src/models/user.py", Application),
            ("uv.lock", Application),
            (".git/HEAD", Application),
            ("app.log", Logs),
            ("app.log.3", Logs),
            ("app.log.3.gz", Logs),
            ("app.log-20261121", Logs),
            ("2026.json.gz", Files),
            ("app.log.gz", Logs),
            ("logs/access.jsonl", Logs),
            ("logs/chat/Ann/2026.json", Files),
            ("chats/Ann/2026.jsonl", Files),
            ("chat/views.py", Application),
            ("uploads/script.py", Files),
            ("uploads/private.key", Files),
            ("monkey.jpg", Files),
            ("index.faiss", Vectors),
            ("lancedb/docs.lance/data/1.lance", Vectors),
            ("db/chroma.sqlite3", Vectors),
            ("db/chroma.sqlite3-wal", Vectors),
            ("db/0a1b2c3d-0000-4000-8000-0123456789ab/length.bin", Vectors),
            ("db/other/length.bin", Files),
            ("models/lora/adapter_model.safetensors", Files),
            ("models/notes.txt", Files),
            ("webui.db", Files),
            ("conversations/a.json", Files),
        ] {
            assert_eq!(class(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_can_be_had_again_is_recognised() {
        for path in [
            "node_modules/x/index.js",
            "app/.venv/bin/python",
            "__pycache__/a.pyc",
            "weights/llama.gguf",
            "hub/models--org--name/blobs/1",
            ".cache/pip/x",
        ] {
            assert_eq!(class(path), None, "{path}");
        }
        assert_eq!(guess(b"venv", true), Guess::Recreatable("a virtual environment of Python"));
        // A file of that name is no folder.
        assert_eq!(class("venv"), Some(Class::Files));
    }

    #[test]
    fn bytes_that_are_not_text_are_classified() {
        assert_eq!(guess(b"\xff\xfe/\xff.log", false), Guess::Class(Class::Logs));
    }
}
