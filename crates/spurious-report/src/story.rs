//! draft
use crate::Reproduction;
use crate::figures::*;
use crate::sheet::Sheet;
use spurious_plot::Figure;
pub(crate) struct Picture {
    pub(crate) name: &'static str,
    pub(crate) figure: Figure,
}
pub(crate) struct Story {
    pub(crate) sheets: Vec<Sheet>,
    pics: Vec<Picture>,
}
impl Story {
    pub(crate) fn new(r: &Reproduction) -> Self {
        let p = |name, figure| Picture { name, figure };
        Self {
            sheets: vec![],
            pics: vec![
                p("overview", overview::figure(r)),
                p("model", model::figure()),
                p("table1", table1::figure(&r.table1)),
                p("trace", runs::trace(&r.traces)),
                p("two-runs", runs::two_runs(&r.traces)),
                p("landscape", landscape::figure(&r.landscape, &r.traces)),
                p("sign-choices", restarts::sign_choices(&r.restarts)),
                p("runs-needed", restarts::runs_needed(&r.restarts)),
                p("collapse", many_patches::collapse(&r.table1, &r.many_patches)),
                p("approach", many_patches::approach(&r.many_patches)),
                p("threshold", many_patches::threshold(&r.table1)),
                p("scaling", many_patches::scaling(&r.many_patches)),
            ],
        }
    }
    pub(crate) fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.pics.iter()
    }
}
