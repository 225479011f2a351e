//! The plane of angle and signal: critical points, losses, and the boundary of the basins.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};
use spurious::initialization::start_at;
use spurious::landscape::{PointKind, loss_at_signal};
use spurious::population::reduced_loss;
use spurious::separatrix::critical_angles;
use spurious::{Guarantee, Landscape, OrderParameters, landscape};

use crate::answer::{Answer, Refused};
use crate::limits::{MOST_LOSSES, MOST_SIGNALS, at_most, check_boundary};
use crate::question::Question;

#[derive(Serialize)]
struct LandscapeAnswer {
    landscape: Landscape,
    guarantee: Guarantee,
    largest_step_size: f64,
    norm_squared: f64,
    teacher_sum: f64,
    has_trap: bool,
    sentence: String,
}

pub(crate) fn landscape_of(question: &Question) -> Result<Answer, Refused> {
    let cell = question.cell()?;
    let (teacher, guarantee) = (cell.teacher(), Guarantee::for_cell(&cell));
    let landscape = landscape(cell.patch_dim(), &cell.shape())?;
    let answer = LandscapeAnswer {
        largest_step_size: guarantee.limit(),
        guarantee,
        norm_squared: teacher.norm_squared(),
        teacher_sum: teacher.sum(),
        has_trap: landscape.points.iter().any(|point| point.kind == PointKind::SpuriousMinimum),
        sentence: landscape.sentence(),
        landscape,
    };
    Answer::new(&answer, Vec::new())
}

#[derive(Debug, Deserialize)]
struct LossesKeys {
    angles: Vec<f64>,
    signals: Vec<f64>,
    sum: Option<f64>,
}

pub(crate) fn losses(question: &Question) -> Result<Answer, Refused> {
    let (cell, keys): (_, LossesKeys) = (question.cell()?, question.read()?);
    let points = keys.angles.len().saturating_mul(keys.signals.len());
    at_most("points of a grid", points as u64, MOST_LOSSES as u64)?;
    let (teacher, shape) = (cell.teacher(), cell.shape());
    let norm_squared = teacher.norm_squared();
    let loss = |angle: f64, signal: f64| match keys.sum {
        None => norm_squared * loss_at_signal(&shape, PI - angle, signal / norm_squared),
        Some(sum) => {
            let (perpendicular, parallel) = angle.sin_cos();
            reduced_loss(&teacher, &OrderParameters { parallel, perpendicular, sum, signal, residual: 0.0 })
        }
    };
    let losses =
        keys.signals.iter().flat_map(|&signal| keys.angles.iter().map(move |&angle| (angle, signal)));
    Answer::new(&Empty {}, losses.map(|(angle, signal)| loss(angle, signal)).collect())
}

#[derive(Serialize)]
struct Empty {}

#[derive(Debug, Deserialize)]
struct BoundaryKeys {
    step_size: Option<f64>,
    sum: f64,
    signals: Vec<f64>,
    signal: Option<f64>,
}

#[derive(Serialize)]
struct BoundaryAnswer {
    has_boundary: bool,
    angle: Option<f64>,
}

pub(crate) fn boundary(question: &Question) -> Result<Answer, Refused> {
    let (cell, keys): (_, BoundaryKeys) = (question.cell()?, question.read()?);
    at_most("signals", keys.signals.len() as u64, MOST_SIGNALS as u64)?;
    check_boundary(keys.signals.len(), keys.step_size)?;
    let none = || Answer::new(&BoundaryAnswer { has_boundary: false, angle: None }, Vec::new());
    if cell.patch_dim() == 1 || cell.shape().activation().is_identity() {
        return none();
    }
    // Where all output weights of the teacher are equal, a sum has one signal only.
    let is_possible = |signal: f64| start_at(&cell, 0.0, keys.sum, Some(signal)).is_ok();
    let possible: Vec<f64> = keys.signals.iter().copied().filter(|&signal| is_possible(signal)).collect();
    let own = keys.signal.map(|signal| start_at(&cell, 0.0, keys.sum, Some(signal))).transpose()?;
    let signals: Vec<f64> = possible.iter().copied().chain(own.map(|start| start.signal)).collect();
    let Some(angles) = critical_angles(&cell, keys.step_size, keys.sum, &signals, &())? else {
        return none();
    };
    let mut found = angles.iter().map(|angle| angle.angle());
    let block = keys.signals.iter().map(|&signal| match is_possible(signal) {
        true => found.next().unwrap_or(f64::NAN),
        false => f64::NAN,
    });
    let block: Vec<f64> = block.collect();
    Answer::new(&BoundaryAnswer { has_boundary: true, angle: own.and(found.next()) }, block)
}
