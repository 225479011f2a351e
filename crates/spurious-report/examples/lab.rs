use spurious::model::*; use spurious::probability::*; use spurious::ensemble::*; use std::time::Instant;
use spurious::initialization::*; use spurious::dynamics::run::*; use spurious::basin::*; use spurious::numerics::random::stream;
fn main() {
    let text = include_str!("../data/paper-table1.csv");
    let rows: Vec<(usize,f64,f64)> = text.lines().filter(|l| !l.starts_with('#')).skip(1).map(|l| {let v: Vec<&str> = l.split(',').collect(); (v[0].parse().unwrap(), v[1].parse().unwrap(), v[2].parse().unwrap())}).collect();
    for p in 3..8 {
        let t = Instant::now();
        let (mut a, mut b, mut c, mut d, mut n, mut w) = (0.0,0.0,0.0,0.0,0,0.0f64);
        for &(k,r,paper) in &rows {
            let t1 = Instant::now();
            let s = success_probability(&Cell::new(p,k,r,1.0).unwrap(), None, &Quadrature::default()).unwrap();
            let q = s.probability;
            let dev = paper - q;
            if p==5 { println!("{k} {r} xc {:.3} {paper} {q:.6} {:.4} {:?} err {:.1e}", s.criticality, dev, t1.elapsed(), s.error_bound); }
            if q < 1.0 && r > 0.0 {
                n+=1; w = w.max(dev.abs());
                let v = q*(1.0-q)/5000.0; let vr = v + 1e-4/12.0;
                a += dev*dev/v; b += dev*dev/vr;
                if paper < 1.0 { c += dev*dev/v; d += dev*dev/vr; }
            }
        }
        println!("p {p} n {n}: all {a:.2} rounded {b:.2}; without 1.00: {c:.2} {d:.2} worst {w:.4} {:?}", t.elapsed());
    }
    let t = Instant::now();
    for (i,&(k,r,_)) in rows.iter().enumerate() {
        let cell = Cell::new(5,k,r,1.0).unwrap();
        let eta = std::f64::consts::PI / cell.shape().sum_rate();
        let e = Ensemble::new(cell, eta, 1, i as u64).unwrap();
        let c = e.counts(0..5000);
        if c.undecided > 0 { println!("undecided {c:?}"); }
    }
    println!("MC {:?}", t.elapsed());
    for rho in [1.0, 4.0] { 
        let cell = Cell::new(25,20,rho,1.0).unwrap();
        let teacher = Teacher::planted(&cell);
        for trial in 0..60 {
            let s = sample_student(&teacher, &mut stream(1, 1000, trial));
            let o = s.order_parameters(&teacher).unwrap();
            let run = descend_reduced(&teacher.reduced(), 25, &o, &Descent{ max_steps: 20000, ..Descent::new(0.05)}).unwrap();
            println!("rho {rho} trial {trial} angle {:.3} q {:.3} {:?} phase1 {:?} steps {} rate {:?} pred {:?}", o.angle(), o.signal, run.verdict, run.phase_one_steps, run.steps, run.measured_rate, run.predicted_rate);
        }
    }
    let t = Instant::now();
    for i in 1..100 { limit_probability(5, 1.0 - i as f64/100.0, 1.0).unwrap(); }
    println!("100 limits {:?}", t.elapsed());
    for k in [10usize, 100, 1000, 10000, 100000, 1000000] { let t = Instant::now(); let r = 0.5*((k-1) as f64+std::f64::consts::PI)/std::f64::consts::PI;
     let s = success_probability(&Cell::new(5,k,r,1.0).unwrap(), None, &Quadrature::default()).unwrap(); println!("{k} {:.3e} err {:.1e} {:?}", (s.probability - s.limit_probability).abs(), s.error_bound, t.elapsed()); }
}
