//! What looked wrong when a backup was made.
use super::SafetyState;
use super::matters::{List, said};
use crate::AlarmInfo;
use crate::commands::verdict::Facts;

pub(super) fn looks_wrong(alarm: &AlarmInfo, facts: &Facts, list: &mut List) {
    let good = alarm.good.as_ref().and_then(|good| facts.moments.get(good));
    let next_step = match good {
        _ if !alarm.stands() => "It is no longer so. Say that it is dealt with.".to_owned(),
        Some(at) if alarm.is_attack() => {
            format!("If nobody did that on purpose, disconnect this computer, then restore the archive of {at}.")
        }
        Some(at) => format!("Look at the archive of {at}: restore it, or say that it was meant."),
        None => "No archive before it is known to be whole. If it was meant, say so.".to_owned(),
    };
    let cause = format!("{}; {}", alarm.seen, alarm.expected);
    let subject = format!("alarm {}", alarm.id);
    let said = said(alarm.code, &subject, cause, &alarm.title, &next_step);
    let seen = facts.moments.get(&alarm.archive).map(|at| format!(" Seen at the backup of {at}.")).unwrap_or_default();
    let held = if alarm.freezes { " No archive is removed until that is settled." } else { "" };
    let text = format!("{}; {}.{seen}{held}", alarm.seen, alarm.expected);
    list.add(&format!("alarm {}", alarm.id), said, text, None);
    list.last(|matter| {
        if alarm.is_attack() {
            matter.state = SafetyState::AtRisk;
        }
        let look = good.and_then(|at| alarm.look(at)).filter(|_| alarm.stands());
        (matter.act, matter.also) = match look {
            Some(look) => (Some(look), Some(alarm.meant())),
            None => (Some(alarm.meant()), None),
        };
    });
}
