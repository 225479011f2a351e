//! lab
use spurious::{model::Cell, probability::*};
fn main() {
    let rows: Vec<(usize,f64,f64)> = include_str!("../data/paper-table1.csv").lines().skip(1).map(|l| {let v: Vec<f64> = l.split(',').map(|x| x.parse().unwrap()).collect(); (v[0] as usize, v[1], v[2])}).collect();
    for p in [3usize,4,5,6,7,8,10,20] {
        let mut best = (0.0, 1e9);
        for i in 0..60 {
            let beta = 0.1 * 1.06f64.powi(i);
            let mut c = 0.0;
            for &(k,r,paper) in &rows {
                let cell = Cell::new(p,k,r,beta).unwrap();
                if r == 0.0 || cell.shape().criticality() >= 1.0 { continue; }
                let q = success_probability(&cell, None, &Quadrature { tolerance: 1e-6, ..Quadrature::default() }).unwrap().probability;
                c += (paper-q).powi(2)/(q*(1.0-q)/5000.0 + 1e-4/12.0);
            }
            if c < best.1 { best = (beta, c); }
        }
        println!("p {p}: best beta {:.3} chi2 {:.1}", best.0, best.1);
    }
}
