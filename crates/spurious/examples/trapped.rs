//! Can a trapped run be told from a slow one, and be saved?
//!
//! The same teacher, two starts that differ by a thousandth of a radian, on either side of the separatrix. The exact test
//! tells them apart long before they have moved; the antipodal restart saves the one that is lost.

use spurious::basin::Verdict;
use spurious::dynamics::run::{Descent, descend_reduced};
use spurious::model::{Cell, OrderParameters};
use spurious::restart::antipodal_restart;
use spurious::separatrix::critical_angle;

fn main() -> Result<(), spurious::Error> {
    let cell = Cell::new(25, 20, 4.0, 1.0)?;
    let teacher = cell.teacher();
    let step_size = 0.1;
    // Output weights that start at zero: s = q = 0.
    let start = |angle: f64| OrderParameters {
        parallel: angle.cos(),
        perpendicular: angle.sin(),
        sum: 0.0,
        signal: 0.0,
        residual: 0.0,
    };
    let Some(critical) = critical_angle(&cell, Some(step_size), 0.0, 0.0, &())? else {
        println!("nothing is ever trapped here");
        return Ok(());
    };
    let critical = critical.angle();
    println!("critical angle: {critical:.9}");
    for angle in [critical - 1e-3, critical + 1e-3] {
        let descent = Descent { max_steps: 100_000, ..Descent::new(step_size) };
        let run = descend_reduced(&teacher, cell.patch_dim(), &start(angle), &descent, &())?;
        println!(
            "start at {angle:.9}: {:?}, certain after step {}; loss at the end {:.3e}, angle {:.6}",
            run.verdict,
            run.verdict_step.unwrap_or_default(),
            run.end.loss,
            run.end.angle
        );
        if run.verdict == Verdict::Spurious {
            let end = OrderParameters { sum: run.end.sum, signal: run.end.signal, ..start(run.end.angle) };
            let again = descend_reduced(
                &teacher,
                cell.patch_dim(),
                &antipodal_restart(&teacher, &end),
                &descent,
                &(),
            )?;
            println!("  reversed: {:?}, loss at the end {:.3e}", again.verdict, again.end.loss);
        }
    }
    Ok(())
}
