//! `spurious man`: the manual page, made from what the command line declares.

use std::io;

use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::args::Cli;
use crate::failure::Failure;
use crate::{examples, output, terms};

pub(crate) fn run() -> Result<(), Failure> {
    output::print(&String::from_utf8_lossy(&page()?))
}

/// One page: the program, each command, the options of all of them, the terms.
fn page() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let mut line = Cli::line();
    line.build();
    let program = Man::new(line.clone());
    program.render_title(&mut page)?;
    program.render_name_section(&mut page)?;
    program.render_synopsis_section(&mut page)?;
    program.render_description_section(&mut page)?;
    section("SH", "EXAMPLES", &examples::plain("spurious")).to_writer(&mut page)?;
    for command in line.get_subcommands() {
        let name = format!("spurious {}", command.get_name());
        Roff::new().control("SH", [name.to_uppercase().as_str()]).to_writer(&mut page)?;
        // Its own options alone: those of every command come once, at the end.
        let own = command.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
        let has_options = own.get_arguments().any(|arg| !arg.is_hide_set());
        let own = Man::new(own);
        let mut parts = Vec::new();
        own.render_description_section(&mut parts)?;
        own.render_synopsis_section(&mut parts)?;
        if has_options {
            own.render_options_section(&mut parts)?;
        }
        let parts = String::from_utf8_lossy(&parts).replace(".SH DESCRIPTION\n", "").replace(".SH ", ".SS ");
        page.extend(parts.into_bytes());
        section("SS", "EXAMPLES", &examples::plain(command.get_name())).to_writer(&mut page)?;
    }
    program.render_options_section(&mut page)?;
    section("SH", "TERMS", &anstream::adapter::strip_str(&terms::text()).to_string()).to_writer(&mut page)?;
    let mut end = Roff::new();
    end.control("SH", ["EXIT STATUS"]);
    end.text([roman("0: done. 2: the input is wrong, and nothing was written. 1: anything else.")]);
    end.to_writer(&mut page)?;
    Ok(page)
}

/// A section whose lines stay as they are; nearer to the margin, since they may be as wide as a screen.
fn section(level: &str, heading: &str, text: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control(level, [heading]).control("nf", []).control("in", ["0"]);
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.control("in", []).control("fi", []);
    roff
}
