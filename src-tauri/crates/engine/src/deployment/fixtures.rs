//! Trees as known chatbots lay them out. A path that ends with `/` is a folder; one that ends
//! with `=sqlite` is a database; `=TEXT` gives any other content.
use super::marks::SQLITE_HEADER;
use std::path::Path;

pub(crate) struct Tree {
    pub preset: &'static str,
    /// The data folder, relative to the tree.
    pub data: &'static str,
    pub paths: &'static [&'static str],
}

pub(crate) const TREES: &[Tree] = &[
    Tree {
        preset: "personal-ai-chatbot",
        data: "data",
        paths: &[
            "main.py",
            ".env=OPENROUTER_API_KEY=k\nSECRET_KEY=s\nENCRYPTION_KEY=e\n",
            "data/conversations/active/1.json",
            "data/conversations/archived/0.json",
            "data/config/config.json",
            "data/config/encryption.key",
            "data/state/application_state.json",
            "data/backups/old.zip",
        ],
    },
    Tree {
        preset: "open-webui",
        data: "venv/lib/python3.11/site-packages/open_webui/data",
        paths: &[
            ".webui_secret_key",
            "venv/bin/python",
            "venv/lib/python3.11/site-packages/open_webui/main.py",
            "venv/lib/python3.11/site-packages/open_webui/data/webui.db=sqlite",
            "venv/lib/python3.11/site-packages/open_webui/data/vector_db/chroma.sqlite3=sqlite",
            "venv/lib/python3.11/site-packages/open_webui/data/vector_db/0a1b2c3d-0000-4000-8000-0123456789ab/header.bin",
            "venv/lib/python3.11/site-packages/open_webui/data/uploads/a.py",
            "venv/lib/python3.11/site-packages/open_webui/data/cache/embedding/model.onnx",
        ],
    },
    Tree {
        preset: "sillytavern",
        data: "data",
        paths: &[
            "config.yaml",
            "server.js",
            "node_modules/express/index.js",
            "data/cookie-secret.txt",
            "data/_storage/1",
            "data/_cache/x",
            "data/_uploads/x",
            "data/default-user/settings.json",
            "data/default-user/secrets.json",
            "data/default-user/chats/Ann \u{1f600} B/2026.jsonl",
            "data/default-user/characters/Ann \u{1f600} B.png",
            "data/default-user/thumbnails/bg/x.jpg",
            "data/default-user/vectors/openai/1/index.json",
            "data/default-user/extensions/x/node_modules/y/index.js",
        ],
    },
    Tree { preset: "llm", data: ".", paths: &["logs.db=sqlite", "keys.json", "aliases.json", "templates/a.yaml"] },
    Tree {
        preset: "chroma",
        data: ".",
        paths: &[
            "chroma.sqlite3=sqlite",
            "0a1b2c3d-0000-4000-8000-0123456789ab/header.bin",
            "0a1b2c3d-0000-4000-8000-0123456789ab/data_level0.bin",
        ],
    },
    Tree {
        preset: "anythingllm",
        data: "storage",
        paths: &[
            ".env=SIG_KEY=a\nSIG_SALT=b\nJWT_SECRET=c\n",
            "storage/anythingllm.db=sqlite",
            "storage/lancedb/docs.lance/data/1.lance",
            "storage/documents/a.json",
            "storage/models/m/model.bin",
            "storage/vector-cache/1.json",
        ],
    },
    Tree {
        preset: "flowise",
        data: ".flowise",
        paths: &[
            ".flowise/database.sqlite=sqlite",
            ".flowise/encryption.key",
            ".flowise/token_hash_secret.key",
            ".flowise/storage/a.pdf",
            ".flowise/logs/server.log",
        ],
    },
    Tree {
        preset: "n8n",
        data: ".n8n",
        paths: &[
            ".n8n/config={\"encryptionKey\": \"k\"}",
            ".n8n/database.sqlite=sqlite",
            ".n8n/binaryData/1",
            ".n8n/n8nEventLog.log",
            ".n8n/n8nEventLog-1.log",
        ],
    },
    Tree {
        preset: "librechat",
        data: ".",
        paths: &[
            "librechat.yaml",
            ".env=CREDS_KEY=a\nCREDS_IV=b\nJWT_SECRET=c\nJWT_REFRESH_SECRET=d\nMEILI_MASTER_KEY=e\n",
            "docker-compose.yml=services:\n  mongodb:\n    container_name: chat-mongodb\n  vectordb:\n    image: pgvector postgres\n",
            "images/a.png",
            "uploads/a.pdf",
            "meili_data_v1.12/x",
        ],
    },
    Tree {
        preset: "text-generation-webui",
        data: "user_data",
        paths: &[
            "server.py",
            "user_data/CMD_FLAGS.txt",
            "user_data/settings.yaml",
            "user_data/characters/Ann.yaml",
            "user_data/logs/chat/Ann/2026.json",
            "user_data/logs/server.log",
            "user_data/models/config.yaml",
            "user_data/models/org/llama/weights.bin",
            "user_data/models/org/llama/settings.yaml",
            "user_data/loras/mine/adapter_model.bin",
            "user_data/cache/x",
        ],
    },
    Tree {
        preset: "jan",
        data: "data",
        paths: &[
            "data/threads/t1/thread.json",
            "data/threads/t1/messages.jsonl",
            "data/assistants/jan/assistant.json",
            "data/models/m/model.yaml",
            "data/models/m/blob",
            "data/engines/llama/bin",
            "data/logs/app.log",
        ],
    },
    Tree {
        preset: "msty",
        data: "MstyStudio",
        paths: &["MstyStudio/Gifnoc.nosj", "MstyStudio/SharedStorage=sqlite", "MstyStudio/models/llama"],
    },
    Tree {
        preset: "ollama",
        data: ".ollama",
        paths: &[
            ".ollama/id_ed25519",
            ".ollama/config.json",
            ".ollama/db.sqlite=sqlite",
            ".ollama/models/manifests/registry/library/llama/latest",
            ".ollama/models/blobs/sha256-1",
            ".ollama/models/mine/Modelfile",
        ],
    },
    Tree {
        preset: "rasa",
        data: ".",
        paths: &[
            "endpoints.yml",
            "credentials.yml",
            "domain.yml",
            "config.yml",
            "actions/actions.py",
            "data/nlu.yml",
            "models/1.tar.gz",
        ],
    },
    Tree {
        preset: "chainlit",
        data: ".",
        paths: &["app.py", ".env=OPENAI_API_KEY=k\n", ".chainlit/config.toml", "chainlit.md"],
    },
    Tree {
        preset: "koboldcpp",
        data: ".",
        paths: &["mine.kcpps", "koboldcpp-linux-x64", "models/m.gguf", "stories/a.json"],
    },
    Tree {
        preset: "compose-postgres-chroma",
        data: ".",
        paths: &[
            ".env=POSTGRES_PASSWORD=p\n",
            "backend/.env=KEY=k\n",
            "backend/main.py",
            "docker-compose.yml=services:\n  db:\n    image: postgres:16\n  chroma:\n    image: chromadb/chroma\n",
            "data/chroma/chroma.sqlite3=sqlite",
            "data/chroma/0a1b2c3d-0000-4000-8000-0123456789ab/length.bin",
        ],
    },
    Tree {
        preset: "php-tenants",
        data: ".",
        paths: &[
            ".env=APP_NAME=\"My bot\"\nDATABASE_PATH=data/app.db\n",
            "config.php",
            "index.php",
            "data/app.db=sqlite",
            "uploads/tenant-1/a.pdf",
            "cache/page.html",
            "nginx.conf",
        ],
    },
];

pub(crate) fn tree(preset: &str) -> &'static Tree {
    TREES.iter().find(|tree| tree.preset == preset).unwrap()
}

pub(crate) fn build(folder: &Path, paths: &[&str]) {
    for path in paths {
        let (path, content) = path.split_once('=').unwrap_or((path, "x"));
        let target = folder.join(path);
        if path.ends_with('/') {
            std::fs::create_dir_all(&target).unwrap();
            continue;
        }
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        let content = match content {
            "sqlite" => {
                let mut page = SQLITE_HEADER.to_vec();
                page.resize(4096, 0);
                page
            }
            text => text.as_bytes().to_vec(),
        };
        std::fs::write(&target, content).unwrap();
    }
}

/// A folder with the tree in it.
pub(crate) fn built(preset: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), tree(preset).paths);
    dir
}
