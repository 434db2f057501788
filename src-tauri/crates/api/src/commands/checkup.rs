//! The doctor's look at the chatbot itself, as the last backup saw it, and at its archives.
use super::archives::{ArchiveInfo, to_go_back};
use super::captured::{CapturedNote, KeptState, Lacking};
use super::comes_out::ComesOut;
use super::doctor::{CheckState, Checks};
use super::pointing::NONE_WHOLE;
use super::together::LossesNow;
use super::verdict::remains;
use crate::words::count_words;
use crate::{ActKind, Answer, MatterAct, Service, words};
use holdfast_domain::Code;
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::soundness::Soundness;
use holdfast_engine::operations::{browse, pick};

impl Service {
    /// What was not looked at is not called well: nothing here reads the chatbot's files, the last backup did.
    pub(super) fn check_data(&self, profile: &Profile, checks: &mut Checks) {
        let looked = (|| -> Answer<()> {
            let archives = self.infos(browse::archives(self.context(), Some(&profile.id))?)?;
            let LossesNow { lacking, gone, together } = self.losses_now(profile, &archives)?;
            let none = !archives.iter().any(|archive| archive.restorable);
            let back = to_go_back(&archives, self.clock().now()).into_iter().find(|archive| archive.is_whole());
            let out = self.best_salvage(&self.context().catalog()?.0, &archives, back)?;
            self.check_chatbot(profile, &archives, lacking, checks)?;
            for alarm in self.alarm_infos(profile)?.into_iter().filter(|alarm| alarm.open) {
                let state = if alarm.is_attack() { CheckState::Failing } else { CheckState::Warning };
                let seen = format!("{} {}; {}", alarm.title, alarm.seen, alarm.expected);
                checks.add(
                    "alarm",
                    state,
                    seen,
                    Some("Look at the last good archive, or say in Overview that it was meant."),
                );
                act_of(checks, alarm.good_at.filter(|_| alarm.stands()).and_then(|at| alarm.look(&self.moment(at))));
            }
            for gone in gone {
                let title = gone.title();
                let seen = format!("{}: seen at the backup of {}", title.trim_end_matches('.'), gone.seen);
                let step = match (&gone.whole, &gone.out) {
                    (Some(whole), _) => {
                        format!(
                            "Restore that from the archive of {}, or say in Overview that it was meant.",
                            whole.said()
                        )
                    }
                    (None, Some(out)) => format!("{} If it was meant, say so in Overview.", out.sentence()),
                    (None, None) => "If it was meant, say so in Overview.".to_owned(),
                };
                checks.add(
                    gone.check(),
                    if none { CheckState::Failing } else { CheckState::Warning },
                    seen,
                    Some(&step),
                );
                act_of(checks, gone.act());
            }
            if let Some(all) = together.filter(|all| all.losses > 1) {
                let first = checks.list.iter_mut().find(|check| {
                    check.deployment.as_deref() == Some(profile.name.as_str())
                        && (check.name == "missing files" || (check.name == "chatbot" && check.state != CheckState::Ok))
                });
                if let Some(check) = first {
                    check.act = Some(all.act());
                }
            }
            check_archives(&archives, out.as_ref(), checks);
            self.check_read(profile, checks)
        })();
        if let Err(failure) = looked {
            checks.add("chatbot", CheckState::Unknown, failure.title, Some(&failure.next_step));
        }
    }

    /// That they were good when somebody looked last says nothing of today.
    fn check_read(&self, profile: &Profile, checks: &mut Checks) -> Answer<()> {
        let read = self.read_standing(profile)?;
        if read.overdue {
            let step = "Plug in the place if it is away, and run holdfast verify --due; watching does that by itself.";
            checks.add("read again", CheckState::Warning, read.said, Some(step));
        } else if read.unread_since.is_some() {
            checks.ok("read again", read.said);
        }
        Ok(())
    }

    fn check_chatbot(
        &self,
        profile: &Profile,
        archives: &[ArchiveInfo],
        lacking: Option<Lacking>,
        checks: &mut Checks,
    ) -> Answer<()> {
        if let Some(failed) = self.last_failure(profile)?.filter(|failed| failed.code == Code::RootEmpty) {
            checks.add("chatbot", CheckState::Failing, failed.title, Some(&failed.next_step));
            return Ok(());
        }
        if let Some(lacking) = lacking {
            let places = self.standings(profile)?;
            let away = self.whole_away(places.get(1..).unwrap_or_default());
            let kept = self.kept_state(profile)?;
            lost(&lacking, kept.as_ref(), away.as_ref(), checks);
            return Ok(());
        }
        let horizon = pick::horizon(self.clock().now());
        let mut made = archives.iter().filter(|a| a.kind.is_regular() && a.created <= horizon);
        let Some(last) = made.next() else {
            let step = "A backup looks at it: make the first one.";
            checks.add("chatbot", CheckState::Unknown, "no backup has looked at it yet", Some(step));
            return Ok(());
        };
        let at = self.moment(last.created);
        let fewer = made.next().map_or(0, |before| before.files.saturating_sub(last.files));
        let fewer = if fewer == 0 {
            String::new()
        } else {
            format!("; {} than at the one before", count_words(fewer, "file fewer", "files fewer"))
        };
        // What is lost is told by itself.
        let beside = |captured: &&CapturedNote| captured.problems > last.lost.len() as u64;
        let seen = match last.captured.as_ref().filter(beside) {
            Some(captured) => {
                let step = "Open the archive to see what.";
                let said = count_words(captured.problems, "thing was", "things were");
                checks.add(
                    "chatbot",
                    CheckState::Warning,
                    format!("{said} not as it should be at the backup of {at}{fewer}"),
                    Some(step),
                );
                let act = MatterAct::new(ActKind::ShowArchive, "Open the archive", "Shows what it lacks.");
                act_of(checks, Some(MatterAct { archive: Some(last.name.clone()), ..act }));
                return Ok(());
            }
            None => format!("nothing amiss was seen at the backup of {at}{fewer}"),
        };
        checks.ok("chatbot", seen);
        Ok(())
    }
}

/// Failing is what `status` calls at risk: what can be brought back is a warning.
fn lost(lacking: &Lacking, kept: Option<&KeptState>, away: Option<&(String, String)>, checks: &mut Checks) {
    let more = match lacking.more {
        0 => String::new(),
        more => format!(", and {} not well", count_words(more, "more thing", "more things")),
    };
    let seen = format!("{}{more}: seen at the backup of {}", lacking.clause(), lacking.seen);
    if let Some(said) = lacking.left_out_words() {
        let seen = format!("{}{more}", said.trim_end_matches('.'));
        let step = "If that is not intended, take the pattern out of the settings, then back up.";
        checks.add("chatbot", CheckState::Warning, seen, Some(step));
        act_of(checks, lacking.act());
        return;
    }
    if let Some(restored) = &lacking.restored {
        let seen = format!("{seen}. A restore at {restored} put other files in place");
        checks.add("chatbot", CheckState::Unknown, seen, Some("The next backup looks whether it is well again."));
        return;
    }
    let Some(whole) = &lacking.whole else {
        let out = lacking.comes_out.as_ref().map(|out| format!(" {}", out.sentence())).unwrap_or_default();
        let step = format!("{NONE_WHOLE}{out}{}", remains(kept, away));
        checks.add("chatbot", CheckState::Failing, seen, Some(&step));
        return act_of(checks, lacking.ways_out(kept).0);
    };
    let out = lacking.comes_out.as_ref().map(|out| format!(" {}", out.sentence())).unwrap_or_default();
    let said = whole.said();
    let step = format!("It is whole in the archive of {said}: stop the chatbot and restore it from there.{out}");
    checks.add("chatbot", CheckState::Warning, seen, Some(&step));
    act_of(checks, lacking.act());
}

/// What does the next step of the check that was added last.
pub(super) fn act_of(checks: &mut Checks, act: Option<MatterAct>) {
    if let Some(check) = checks.list.last_mut() {
        check.act = act;
    }
}

fn check_archives(archives: &[ArchiveInfo], out: Option<&ComesOut>, checks: &mut Checks) {
    let count = |is: &dyn Fn(&ArchiveInfo) -> bool| archives.iter().filter(|archive| is(archive)).count() as u64;
    let of = |soundness| count(&|archive| archive.soundness == soundness && !archive.away);
    let all = archives.len() as u64;
    let bad: Vec<String> = [
        (of(Soundness::Damaged), "is damaged", "are damaged"),
        (of(Soundness::Missing), "is missing", "are missing"),
        (of(Soundness::NeedsDamaged), "needs a damaged one", "need a damaged one"),
        (of(Soundness::NeedsMissing), "needs a missing one", "need a missing one"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| count_words(number, one, many))
    .collect();
    let restorable = count(&|archive| archive.restorable);
    if all == 0 {
        checks.add("archives", CheckState::Unknown, "there is none yet", Some("Make the first one."));
    } else if !bad.is_empty() {
        let (state, rest) = match restorable {
            0 => (CheckState::Failing, "none can be restored as it is".to_owned()),
            some => (CheckState::Warning, format!("{} restored", count_words(some, "can be", "can be"))),
        };
        let sentence = out.map(|out| format!(" {}", out.sentence())).unwrap_or_default();
        let step = format!("Repair them from a good copy; where there is none, bring out what is undamaged.{sentence}");
        checks.add("archives", state, format!("of {all}, {}; {rest}", bad.join(", ")), Some(&step));
        let damaged =
            archives.iter().find(|archive| archive.soundness == Soundness::Damaged && archive.state == "present");
        act_of(checks, out.map(ComesOut::act).or(damaged.map(|archive| MatterAct::salvage(&archive.name))));
    } else if count(&|archive| archive.verified.is_none()) > 0 {
        let unseen = count(&|archive| archive.verified.is_none());
        let seen = format!("{unseen} of {all} not verified since this catalog knows of them");
        checks.add("archives", CheckState::Unknown, seen, Some("Verify them."));
    } else {
        let later = count(&|archive| archive.verified.is_some_and(|verified| !verified.read_back));
        let all = count_words(all, "archive", "archives");
        let since = if later == 0 { "none".to_owned() } else { words::number_words(later) };
        checks.ok("archives", format!("{all}, each compared with what was written; {since} again since it was made"));
    }
}
