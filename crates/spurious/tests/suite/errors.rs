//! Every message of the library, word for word.

use spurious::landscape::{hessian_spectrum, landscape};
use spurious::model::{Cell, LARGEST_SIZE, Student, Teacher, WeightShape};
use spurious::population::{gradient, hessian, population_loss};
use spurious::probability::{Quadrature, limit_angle, limit_probability, success_probability};
use spurious::restart::starts_needed;
use spurious::separatrix::critical_angle;
use spurious::{Criticality, Error};

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.expect_err("this must be refused").to_string()
}

#[test]
fn shapes_and_cells_name_the_value_and_its_limit() {
    let shape = |k, ratio| message(WeightShape::new(k, ratio));
    assert_eq!(shape(0, 0.0), "number of patches 0 is not a whole number from 1 to 1e9");
    assert_eq!(
        shape(LARGEST_SIZE + 1, 0.0),
        "number of patches 1000000001 is not a whole number from 1 to 1e9"
    );
    assert_eq!(shape(25, 30.0), "sum ratio 30 is larger than the number of patches 25");
    assert_eq!(shape(25, -0.5), "sum ratio -0.5 is negative: use a number from 0 to 25");
    assert_eq!(shape(25, f64::INFINITY), "sum ratio is inf, not a finite number");
    assert_eq!(shape(25, f64::NAN), "sum ratio is NaN, not a finite number");
    assert_eq!(shape(1, 0.5), "sum ratio 0.5 is impossible with one patch: use 1");
    let cell = |p, beta| message(Cell::new(p, 25, 4.0, beta));
    assert_eq!(cell(0, 1.0), "patch dimension 0 is not a whole number from 1 to 1e9");
    assert_eq!(cell(5, 0.0), "scale ratio 0 is not positive: use a number above 0");
    assert_eq!(cell(5, -1.0), "scale ratio -1 is not positive: use a number above 0");
    assert_eq!(cell(5, f64::NAN), "scale ratio is NaN, not a finite number");
    assert_eq!(cell(5, 1e3), "scale ratio 1000 is out of range: use a number from 0.0001 to 100");
    assert_eq!(cell(5, 1e-5), "scale ratio 0.00001 is out of range: use a number from 0.0001 to 100");
    assert_eq!(
        message(landscape(0, &WeightShape::new(25, 4.0).expect("valid"))),
        "patch dimension 0 is not a whole number from 1 to 1e9"
    );
}

#[test]
fn teachers_name_the_vector_that_is_wrong() {
    let teacher = |filter: &[f64], output: &[f64]| message(Teacher::new(filter.to_vec(), output.to_vec()));
    assert_eq!(teacher(&[], &[1.0]), "teacher filter must have an entry that is not zero");
    assert_eq!(teacher(&[0.0, 0.0], &[1.0]), "teacher filter must have an entry that is not zero");
    assert_eq!(teacher(&[1.0], &[]), "teacher output weights must have an entry that is not zero");
    assert_eq!(teacher(&[1.0], &[0.0]), "teacher output weights must have an entry that is not zero");
    assert_eq!(teacher(&[1.0, f64::NAN], &[1.0]), "teacher filter is NaN, not a finite number");
    assert_eq!(teacher(&[1.0], &[f64::NEG_INFINITY]), "teacher output weights is -inf, not a finite number");
    assert_eq!(
        teacher(&[1e7], &[1.0]),
        "length of the teacher filter 10000000 is out of range: use a number from 1e-6 to 1000000"
    );
    assert_eq!(
        teacher(&[1e-7], &[1.0]),
        "length of the teacher filter 1e-7 is out of range: use a number from 1e-6 to 1000000"
    );
    assert_eq!(
        teacher(&[1e4], &[1e3]),
        "length of the teacher output 10000000 is out of range: use a number from 1e-6 to 1000000"
    );
    assert_eq!(teacher(&[1e200], &[1.0]), "length of the teacher filter is inf, not a finite number");
}

#[test]
fn students_name_the_vector_that_is_wrong() {
    let student = |filter: &[f64], output: &[f64]| message(Student::new(filter.to_vec(), output.to_vec()));
    assert_eq!(student(&[], &[1.0]), "student filter must have an entry that is not zero");
    assert_eq!(student(&[0.0], &[1.0]), "student filter must have an entry that is not zero");
    assert_eq!(student(&[1.0], &[]), "student output weights must have an entry that is not zero");
    assert_eq!(student(&[1.0], &[f64::NAN]), "student output weights is NaN, not a finite number");
    assert_eq!(
        student(&[1e8], &[1.0]),
        "length of the student filter 100000000 is out of range: use a number from 1e-6 to 1000000"
    );
    assert!(Student::new(vec![1.0], vec![0.0]).is_ok(), "output weights may be zero");
}

#[test]
fn functions_of_both_say_which_shape_differs() {
    let teacher = Teacher::new(vec![1.0, 0.0], vec![1.0, 2.0, 3.0]).expect("valid");
    let short = Student::new(vec![1.0], vec![1.0, 1.0, 1.0]).expect("valid");
    let narrow = Student::new(vec![1.0, 1.0], vec![1.0]).expect("valid");
    let filter = "student filter has 1 entries where the teacher has 2";
    let output = "student output weights has 1 entries where the teacher has 3";
    assert_eq!(message(population_loss(&teacher, &short)), filter);
    assert_eq!(message(gradient(&teacher, &short)), filter);
    assert_eq!(message(hessian(&teacher, &narrow)), output);
    assert_eq!(message(narrow.order_parameters(&teacher)), output);
    assert_eq!(message(spurious::dynamics::full::step(&teacher, &narrow, 0.1)), output);
}

#[test]
fn step_sizes_confidences_and_lengths_are_checked() {
    let cell = Cell::new(5, 25, 4.0, 1.0).expect("valid");
    let probability = |step| message(success_probability(&cell, Some(step), &Quadrature::default(), &()));
    assert_eq!(probability(0.0), "step size 0 is not positive: use a number above 0");
    assert_eq!(probability(f64::NAN), "step size is NaN, not a finite number");
    assert_eq!(
        probability(0.5),
        "step size 0.5 makes the output weights diverge with 25 patches: use less than 0.4629"
    );
    assert_eq!(message(starts_needed(0.5, 1.0)), "confidence 1 is not between 0 and 1");
    assert_eq!(message(starts_needed(0.5, 0.0)), "confidence 0 is not between 0 and 1");
    assert_eq!(message(starts_needed(0.0, 0.5)), "probability 0 is not between 0 and 1");
    assert_eq!(message(starts_needed(f64::NAN, 0.5)), "probability NaN is not between 0 and 1");
    let shape = WeightShape::new(25, 4.0).expect("valid");
    let point = landscape(5, &shape).expect("valid").points[0];
    assert_eq!(
        message(hessian_spectrum(5, &shape, &point, 0.0, 1.0)),
        "length of the teacher output 0 is not positive: use a number above 0"
    );
    assert_eq!(
        message(hessian_spectrum(5, &shape, &point, 1.0, -2.0)),
        "length of the student filter -2 is not positive: use a number above 0"
    );
}

#[test]
fn critical_angles_and_limits_check_their_numbers() {
    let cell = Cell::new(5, 25, 4.0, 1.0).expect("valid");
    let angle = |step, sum, signal| message(critical_angle(&cell, step, sum, signal, &()));
    assert_eq!(angle(Some(-1.0), 0.0, 0.0), "step size -1 is not positive: use a number above 0");
    assert_eq!(angle(None, f64::NAN, 0.0), "sum is NaN, not a finite number");
    assert_eq!(angle(None, 0.0, f64::INFINITY), "signal is inf, not a finite number");
    assert_eq!(
        message(Criticality::from_complement(f64::NAN)),
        "complement of the criticality is NaN, not a finite number"
    );
    assert_eq!(
        message(Criticality::from_complement(1.5)),
        "complement of the criticality 1.5 is too large: use at most 1"
    );
    assert_eq!(message(Criticality::new(f64::INFINITY)), "criticality is inf, not a finite number");
    assert_eq!(message(Criticality::new(-0.5)), "criticality -0.5 is negative: use 0 or a number above 0");
    let half = Criticality::new(0.5).expect("valid");
    assert_eq!(
        message(limit_probability(0, half, 1.0)),
        "patch dimension 0 is not a whole number from 1 to 1e9"
    );
    for tolerance in [-1.0, 0.0, 1.0, f64::NAN] {
        assert_eq!(
            message(Quadrature::to(tolerance)),
            format!("tolerance {tolerance} is not between 0 and 1")
        );
    }
    assert_eq!(
        message(limit_angle(half, 1e3)),
        "scale ratio 1000 is out of range: use a number from 0.0001 to 100"
    );
}

#[test]
fn a_missing_separatrix_says_what_to_do() {
    let error = Error::NoSeparatrix { criticality: 0.5, scale_ratio: 1.0 };
    assert_eq!(
        error.to_string(),
        "no boundary between the basins was found at criticality 0.5, scale ratio 1: if a step size was given, use a smaller one"
    );
}
