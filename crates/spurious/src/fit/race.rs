//! A search by race: filters are added one after another, and all searches for one more race.
//!
//! Half of the searches keep the filters found before and add a random one; the other half begin anew. All take some steps on some
//! samples, and the higher half ends; so again, until a few are left. Only these use all samples. What most starts lead to can be seen
//! long before they arrive, and there are more minima than could all be compared.

use nalgebra::DVector;

use super::coordinates::Coordinates;
use super::fitting::Problem;
use super::levenberg::{Minimum, SearchRules, search};
use super::samples::Samples;
use super::search_summary::SearchEnd;
use super::searching::{Explored, Run, height};
use super::split::Selection;
use super::starts::{Drawing, Start, Starts};
use super::subsample::Subsample;
use crate::Error;
use crate::monitor::CancelOnly;

/// Random starts, each with its opposite: for the number of filters wanted, and on the way there.
const STARTS: usize = 16;
const STARTS_ON_THE_WAY: usize = 8;
/// Searches that use all samples: for the number of filters wanted, and on the way there.
const FINALISTS: usize = 4;
const FINALISTS_ON_THE_WAY: usize = 1;
/// With more parameters than this, half as many of both: an evaluation takes four times as long for twice as many, and the end points of
/// large filters hardly differ in what they predict.
const LARGE: u64 = 128;
/// Samples that the race is run on, for each parameter.
const SAMPLES_PER_PARAMETER: u64 = 10;

impl Problem<'_> {
    /// The result of a race for each number of filters up to the one wanted, and of searches around the lowest end point.
    pub(super) fn explore_by_race(
        &self,
        source: &mut Samples<'_>,
        ridge: f64,
        samples: u64,
    ) -> Result<Explored, Error> {
        let mut before: Option<DVector<f64>> = None;
        for filters in 1..self.coordinates.filters {
            let coordinates = &Coordinates { filters, ..self.coordinates.clone() };
            let problem = Problem { coordinates, ..*self };
            let counts = [STARTS_ON_THE_WAY, FINALISTS_ON_THE_WAY];
            before =
                Some(problem.race(source, ridge, samples, before.as_ref(), counts)?.best().theta.clone());
        }
        let share = if self.parameters() > LARGE { 2 } else { 1 };
        let starts = if let Starts::Random(count) = self.options.starts { count } else { STARTS / share };
        let mut raced = self.race(source, ridge, samples, before.as_ref(), [starts, FINALISTS / share])?;
        let best = raced.best().clone();
        raced.around.push(self.look_around(source, ridge, &best, &self.drawing(), 0)?);
        Ok(raced)
    }

    /// Searches for a filter more than `before`, from random starts with their opposites, of which a few arrive.
    fn race(
        &self,
        source: &mut Samples<'_>,
        ridge: f64,
        samples: u64,
        before: Option<&DVector<f64>>,
        [searches, finalists]: [usize; 2],
    ) -> Result<Explored, Error> {
        let drawing = Drawing::new(self.coordinates, self.survey, self.options.seed, before);
        let starts: Vec<Start> = (0..searches as u64).flat_map(|index| drawing.random(index, true)).collect();
        let stage = match self.coordinates.filters {
            1 => "searching for the first filter".to_owned(),
            filters => format!("searching for {filters} filters"),
        };
        self.monitor.begin(&stage, Some((starts.len() + finalists) as u64));
        let thetas = starts.iter().map(|start| start.theta.clone()).collect();
        let rules = SearchRules { finalists, ..self.rough_rules(ridge) };
        let stride = self.survey.samples / (SAMPLES_PER_PARAMETER * self.parameters());
        let minima = if stride < 2 {
            search(source, self.selection, self.coordinates, &rules, thetas, self.monitor)?
        } else {
            let some = Subsample::every(stride, source, self.selection, &CancelOnly(self.monitor))?;
            let source = &mut some.source()?;
            let coordinates = self.coordinates.on(source, Selection::All, self.monitor)?;
            search(source, Selection::All, &coordinates, &rules, thetas, self.monitor)?
        };
        let mut order: Vec<usize> = (0..minima.len()).collect();
        order.sort_by(|&one, &other| height(&minima[one]).total_cmp(&height(&minima[other])));
        order.truncate(finalists);
        let run = |(start, minimum): (Start, Minimum)| Run {
            start: start.kind,
            minimum,
            samples,
            finished: false,
            is_best: false,
        };
        let mut runs: Vec<Run> = starts.into_iter().zip(minima).map(run).collect();
        let thetas = order.iter().map(|&place| runs[place].minimum.theta.clone()).collect();
        let near = self.near_rules(ridge);
        let ends = search(source, self.selection, self.coordinates, &near, thetas, self.monitor)?;
        for (place, end) in order.into_iter().zip(&ends) {
            let steps = runs[place].minimum.steps + end.steps;
            runs[place].minimum = Minimum { steps, ..end.clone() };
            runs[place].finished = true;
        }
        Ok(Explored { runs, searches, ends, around: Vec::new(), ended: SearchEnd::AsAsked })
    }
}
