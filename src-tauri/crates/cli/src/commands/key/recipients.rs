use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::table;
use clap::Subcommand;
use holdfast_api::words::printable;
use holdfast_api::{Answer, PeopleAnswer, parse_recipient};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key recipients
  holdfast key recipients add age1… --name Ana
  holdfast key recipients remove Ana

A trusted person makes a key with age-keygen and gives you the public one, age1…. With their own they then open \
every archive that is made from now on, with Holdfast or with stock age. They need neither passphrase nor kit.")]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// The deployment; may be left out when there is one
    #[arg(long, value_name = "NAME", global = true)]
    deployment: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List who can open new archives
    #[command(after_help = "Examples:
  holdfast key recipients list --deployment chatbot")]
    List,
    /// Let a person open new archives; those made before stay closed to them
    #[command(after_help = "Examples:
  holdfast key recipients add age1… --name Ana")]
    Add {
        /// The person's public key of age, age1…
        recipient: String,
        /// Who that is
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Go on without asking
        #[arg(long)]
        yes: bool,
    },
    /// Close new archives to a person; those that are there stay open to them
    #[command(after_help = "Examples:
  holdfast key recipients remove Ana")]
    Remove {
        /// The person, by name or by key
        who: String,
        /// Nothing is asked here; for scripts that say it everywhere
        #[arg(long, hide = true)]
        yes: bool,
    },
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let deployment = args.deployment.as_deref();
    let out = &session.out;
    let answer = match args.action {
        None | Some(Action::List) => {
            let answer = session.service.people(deployment)?;
            list(&answer, session);
            answer
        }
        Some(Action::Add { recipient, name, yes }) => {
            let deployment = session.service.deployment(deployment)?;
            // Before the question, which repeats the command: what was given may be a secret key.
            let recipient = parse_recipient(&recipient)?;
            let question = format!("{} will be able to open every new archive of {deployment}.", printable(&name));
            session.confirm(yes, "adding a person", &question)?;
            let answer = session.service.add_person(Some(deployment.as_str()), &name, &recipient)?;
            out.say(format!(
                "Archives made from now on open with the key of {} too; the next one is full.",
                printable(&name)
            ));
            out.say("Those made before stay closed to them.");
            answer
        }
        Some(Action::Remove { who, .. }) => {
            let answer = session.service.remove_person(deployment, &who)?;
            let name = answer.changed.as_ref().map(|person| printable(&person.name).clone()).unwrap_or_default();
            out.say(format!("Archives made from now on are closed to {name}."));
            out.say("Those that are there stay open to whoever has that key: remove them where that matters.");
            answer
        }
    };
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn list(answer: &PeopleAnswer, session: &Session) {
    let out = &session.out;
    out.line(format!("New archives of {} open with", answer.deployment));
    let mut rows = vec![vec!["  the recovery key".to_owned(), answer.recipient.clone(), String::new()]];
    for person in &answer.people {
        rows.push(vec![format!("  {}", printable(&person.name)), person.recipient.clone(), out.local(person.added)]);
    }
    let columns = [("  WHO", table::Side::Left), ("KEY", table::Side::Left), ("SINCE", table::Side::Left)];
    out.lines(table::lines(&columns, &rows));
}
