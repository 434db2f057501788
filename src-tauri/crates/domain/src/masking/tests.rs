use super::*;

/// Masks, and looks that no part of the secret is left.
fn covered(name: &str, text: &str) -> String {
    let (out, covered) = mask(name, text);
    assert!(covered, "{text}");
    assert!(!out.to_lowercase().contains("hush"), "{out}");
    assert_eq!(out.split('\n').count(), text.split('\n').count());
    out
}

#[test]
fn values_of_secret_settings_are_covered_in_every_form() {
    for (text, expected) in [
        ("OPENAI_API_KEY=hush-1", "OPENAI_API_KEY=••••••••"),
        ("export DB_PASSWORD = 'hush # x' # note", "export DB_PASSWORD = '••••••••' # note"),
        ("  password: hush more", "  password: ••••••••"),
        ("- token: hush", "- token: ••••••••"),
        (r#"{"a": 1, "apiKey": "hu\"hush", "b": [2]}"#, r#"{"a": 1, "apiKey": "••••••••", "b": [2]}"#),
        (r#"{"client_secret":"hush"}"#, r#"{"client_secret":"••••••••"}"#),
        (r#"{"x": {"access_token": 123456789, "y": 2}}"#, r#"{"x": {"access_token": ••••••••, "y": 2}}"#),
        ("api_keys = [\"hush\", 'hush2']", "api_keys = [••••••••, ••••••••]"),
        ("secret_key = \"\"\"hush\"\"\"", "secret_key = \"\"\"••••••••\"\"\""),
        ("DATABASE_URL=postgres://ana:hush@db:5432/x", "DATABASE_URL=postgres://ana:••••••••@db:5432/x"),
        ("curl -H 'Authorization: Bearer hush-hush-hush'", "curl -H 'Authorization: ••••••••"),
        ("key is sk-hushhushhushhush1 there", "key is •••••••• there"),
        ("openai.api_key_encrypted: hush", "openai.api_key_encrypted: ••••••••"),
        ("ADMIN_PASSWORD_HASH=hush", "ADMIN_PASSWORD_HASH=••••••••"),
    ] {
        assert_eq!(covered("config", text), expected);
    }
}

#[test]
fn values_that_go_over_lines_are_covered_whole() {
    assert_eq!(
        covered("a.yaml", "secret: |\n  hush\n\n  hush\nplain: 1"),
        "secret: |\n  ••••••••\n\n  ••••••••\nplain: 1"
    );
    assert_eq!(
        covered("a.yaml", "tokens:\n  - hush\n  - hush\nplain: 1"),
        "tokens:\n  - ••••••••\n  - ••••••••\nplain: 1"
    );
    assert_eq!(covered(".env", "A_KEY=\"hush\nhush\nhu\" # x\nB=1"), "A_KEY=\"••••••••\n••••••••\n•••••••• # x\nB=1");
    assert_eq!(
        covered("a.json", "\"passwords\": [\n  \"hush\",\n  \"hush\"\n],\n\"b\": 1"),
        "\"passwords\": [\n  ••••••••,\n  ••••••••\n],\n\"b\": 1"
    );
    let pem = "-----BEGIN PRIVATE KEY-----\nhush\nhush=\n-----END PRIVATE KEY-----\nafter";
    assert_eq!(covered("x", pem), "-----BEGIN PRIVATE KEY-----\n••••••••\n••••••••\n-----END PRIVATE KEY-----\nafter");
    covered("x.json", r#""private_key": "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n","#);
    assert_eq!(covered(".webui_secret_key", "hush"), MASK);
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "max_tokens: 4096",
        "PUBLIC_KEY=abc",
        "primary_key = \"id\"",
        "keyboard: qwerty",
        "key: value",
        "use_password: false",
        "password_file: /run/secrets/db",
        "API_KEY=",
        "url = https://example.org/a:b@c",
        "The token is made anew each day.",
        "{\"name\": \"harbour\", \"monkey\": \"x\"}",
        "compass = north",
    ] {
        assert_eq!(mask("notes.md", text), (text.to_owned(), false));
    }
    assert_eq!(mask("secrets.md", "words").0, "words");
}

#[test]
fn nothing_in_a_text_stops_it() {
    for text in [
        "",
        "=",
        "a=\"",
        "é=ü",
        "token: \"é",
        "\"token\":[é",
        "tokens = [\n[\n]]",
        "'key'::='",
        "secret:\n-\n- é",
        "\\",
        "pass=\"\\",
    ] {
        for name in ["x", "", ".", "token"] {
            let (out, _) = mask(name, text);
            assert_eq!(out.split('\n').count(), text.split('\n').count());
        }
    }
}
