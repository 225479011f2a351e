//! What does the paper's Table 1 look like without sampling error?
//!
//! The table took 5000 random starts a cell; here each cell is an integral, good to twelve digits.

use spurious::model::Cell;
use spurious::probability::{Quadrature, success_probability};

fn main() -> Result<(), spurious::Error> {
    let ratios = [0.0, 1.0, 4.0, 9.0, 16.0, 25.0];
    println!("  k{}", ratios.map(|ratio| format!("{:>16}", format!("ρ = {ratio}"))).concat());
    for patches in [25, 36, 49, 64, 81, 100] {
        print!("{patches:>3}");
        for sum_ratio in ratios {
            // The patch dimension is not stated in the paper; 5 fits its numbers.
            let cell = Cell::new(5, patches, sum_ratio, 1.0)?;
            let exact = success_probability(&cell, None, &Quadrature::default(), &())?;
            print!("{:>16.12}", exact.probability);
        }
        println!();
    }
    Ok(())
}
