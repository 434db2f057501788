//! Database servers that a chatbot uses, as compose files, settings and units beside it name them. Of a variable's value
//! no more is kept than which server it speaks of.
use super::candidate::Server;
use super::compose::{self, Project, Service};
use super::machine::Machine;
use super::systemd;
use holdfast_domain::{Code, Problem};
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const READ_BYTES: u64 = 1 << 18;
const KINDS: [(&str, &[&str]); 7] = [
    ("postgres", &["postgres", "pgsql", "pgvector", "timescale"]),
    ("mysql", &["mysql", "mariadb", "percona"]),
    ("mongodb", &["mongo"]),
    ("redis", &["redis", "valkey", "keydb"]),
    ("qdrant", &["qdrant"]),
    ("weaviate", &["weaviate"]),
    ("milvus", &["milvus"]),
];

/// The server that a word speaks of: an image, the scheme of an address, a setting.
fn kind_of(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    KINDS.iter().find(|(_, words)| words.iter().any(|part| word.contains(part))).map(|(kind, _)| *kind)
}

/// Those that a compose file runs. A Redis counts where it keeps data that lies in none of the roots: its dump is written
/// whole, and without data it is a cache.
pub(super) fn of_project(project: &Project, machine: &Machine, roots: &[PathBuf]) -> Vec<Server> {
    let outside = |service: &Service| {
        service.mounts.iter().any(|mount| {
            let places = Project::places(machine, mount);
            let inside = |place: &PathBuf| roots.iter().any(|root| place.starts_with(root));
            places.is_empty() || !places.iter().any(inside)
        })
    };
    let found = project.services.iter().filter_map(|service| {
        let image = service.image.rsplit('/').next().unwrap_or_default();
        // Programs that look after a server are none.
        let beside = ["express", "exporter", "commander", "admin", "backup"].iter().any(|word| image.contains(word));
        let kind = kind_of(image).filter(|_| !beside)?;
        (kind != "redis" || outside(service)).then(|| Server {
            kind: kind.to_owned(),
            service: service.name.clone(),
            image: service.image.clone(),
            file: project.file().to_owned(),
        })
    });
    found.collect()
}

impl Server {
    pub(super) fn problem(&self) -> Problem {
        let cause = format!("the service {} of {} runs {}", self.service, self.file.display(), self.image);
        Problem::new(Code::ServerNotCaptured, self.kind.clone(), cause)
    }
}

/// What is named beside the roots: each server once, as a `ServerNotCaptured` that says by what it is known.
pub fn servers_near(machine: &Machine, roots: &[PathBuf]) -> Vec<Problem> {
    let real: Vec<PathBuf> = roots.iter().map(|root| root.canonicalize().unwrap_or_else(|_| root.clone())).collect();
    let mut folders: Vec<&Path> = real.iter().map(PathBuf::as_path).filter(|root| root.is_dir()).collect();
    // What lies beside it in `/srv` or `/opt` has nothing to do with it.
    let is_own = |above: &&Path| !machine.is_common(above) && above.parent() != Some(machine.root.as_path());
    folders.extend(real.iter().filter_map(|root| root.parent()).filter(is_own));
    folders.sort();
    folders.dedup();
    let mut found: Vec<Problem> = Vec::new();
    let mut files: Vec<PathBuf> = folders.iter().map(|folder| folder.join(".env")).collect();
    let is_settings = |path: &&PathBuf| path.is_file() && path.to_string_lossy().contains("env");
    files.extend(real.iter().filter(is_settings).cloned());
    for project in folders.iter().filter_map(|folder| compose::project(folder)) {
        found.extend(of_project(&project, machine, &real).iter().map(Server::problem));
        for service in &project.services {
            files.extend(service.env_files.iter().cloned());
            for (variable, kind) in &service.databases {
                let file = project.file().display();
                let cause = format!("{variable} of the service {} in {file} names it", service.name);
                found.push(Problem::new(Code::ServerNotCaptured, *kind, cause));
            }
        }
    }
    for (name, unit) in systemd::units(machine) {
        let concerns = |path: &Path| folders.iter().any(|folder| path.starts_with(folder));
        let starts_here = unit.working_directory.as_deref().is_some_and(concerns);
        let names = |text: &String| concerns(Path::new(text.rsplit('=').next().unwrap_or_default()));
        let values = || unit.environment.iter().map(|(_, value)| value);
        if !starts_here && !unit.command.iter().any(&names) && !values().any(&names) {
            continue;
        }
        files.extend(unit.environment_files.iter().cloned());
        for (variable, value) in &unit.environment {
            if let Some(kind) = named_by(variable, value) {
                let cause = format!("{variable} of the unit {name} names it");
                found.push(Problem::new(Code::ServerNotCaptured, kind, cause));
            }
        }
    }
    files.dedup();
    for file in files {
        found.extend(in_settings(&file));
    }
    let mut kinds: Vec<String> = Vec::new();
    found.retain(|problem| {
        let new = !kinds.contains(&problem.subject);
        kinds.push(problem.subject.clone());
        new
    });
    found
}

fn in_settings(file: &Path) -> Vec<Problem> {
    let mut text = Zeroizing::new(String::new());
    let read = std::fs::File::open(file).and_then(|file| file.take(READ_BYTES).read_to_string(&mut text));
    if read.is_err() {
        return Vec::new();
    }
    let named = text.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches("export ");
        let (key, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        let kind = named_by(key.trim(), value)?;
        let cause = format!("{} in {} names it", key.trim(), file.display());
        Some(Problem::new(Code::ServerNotCaptured, kind, cause))
    });
    named.collect()
}

/// The server that a variable names: by the address of a database, or as the kind of database to use.
pub(super) fn named_by(variable: &str, value: &str) -> Option<&'static str> {
    const KIND: [&str; 8] = [
        "DB_TYPE",
        "DATABASE_TYPE",
        "DB_CONNECTION",
        "DB_ENGINE",
        "DATABASE_ENGINE",
        "DB_CLIENT",
        "VECTOR_DB",
        "VECTOR_STORE",
    ];
    let value = value.trim().trim_matches(['"', '\'']);
    let value = value.strip_prefix("jdbc:").unwrap_or(value);
    // A queue or a cache is most often all that a Redis is used for: it counts where a compose file gives it data.
    let of = |word: &str| kind_of(word).filter(|kind| *kind != "redis");
    match value.split_once("://") {
        Some((scheme, _)) => of(scheme),
        None if KIND.iter().any(|name| variable.ends_with(name)) => of(value),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_tells_its_server_by_the_address_or_by_the_kind() {
        for (variable, value, kind) in [
            ("DATABASE_URL", "postgresql://u:p@db:5432/x", Some("postgres")),
            ("DATABASE_URL", "\"postgres://u:p@db/x\"", Some("postgres")),
            ("SQLALCHEMY_URL", "postgresql+asyncpg://db/x", Some("postgres")),
            ("SPRING_URL", "jdbc:mysql://db/x", Some("mysql")),
            ("MONGO_URI", "mongodb+srv://u:p@cluster/x", Some("mongodb")),
            ("DB_TYPE", "postgresdb", Some("postgres")),
            ("VECTOR_DB", "qdrant", Some("qdrant")),
            ("DATABASE_URL", "sqlite:////app/data/webui.db", None),
            ("DATABASE_URL", "", None),
            ("REDIS_URL", "redis://cache:6379", None),
            ("HOMEPAGE", "https://postgres.example", None),
            ("VECTOR_DB", "chroma", None),
            ("NOTE", "postgres", None),
        ] {
            assert_eq!(named_by(variable, value), kind, "{variable}={value}");
        }
    }
}
