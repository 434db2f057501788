use std::process::Command;

const TYPIST: &str = r#"
import json, os, pty, re, select, sys, time
answers = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
text, seen, until = b"", 0, time.time() + 100
while time.time() < until:
    ready, _, _ = select.select([fd], [], [], 1)
    if not ready:
        continue
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    text += part
    while answers and answers[0][0].encode() in text[seen:]:
        question, answer = answers.pop(0)
        seen += text[seen:].index(question.encode()) + len(question)
        if answer.startswith("@"):
            number, page = answer[1:].split(" ", 1)
            items = open(page).read().split('<ol class="groups">')[1].split("<li>")[1:]
            answer = " ".join(re.findall('class="mono">([A-Z0-9]+)<', items[int(number) - 1])).lower()
        time.sleep(0.1)
        os.write(fd, answer.encode() + b"\n")
_, status = os.waitpid(pid, 0)
sys.stdout.write(text.decode(errors="replace"))
if answers:
    sys.stdout.write("\nnever asked: " + json.dumps([question for question, _ in answers]))
    sys.exit(99)
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// A command for a program on a terminal: where it prints a question, its answer is typed. What it printed comes on
/// standard output; it ends with 99 where one was never asked for. `@7 PAGE` types the seventh group of the recovery kit
/// PAGE, as printed there. The program and its arguments are still to be added.
pub fn typing(answers: &[(&str, &str)]) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", TYPIST]).arg(serde_json::to_string(answers).unwrap());
    command
}
