//! The desktop shell. The window is not built yet: until it is, this program says so and names
//! the command line, which does the whole job.

fn main() {
    println!("The Holdfast window is not built yet. Everything works from the command line: holdfast --help");
}
