//! `spurious cite`: the sources behind a command, as BibTeX.

use crate::args::{Citable, CiteArgs};
use crate::failure::Failure;
use crate::output;

use Citable::{Compare, Fit, Landscape, Probability, Recovery, Reproduce, Sweep, Trace, Width};

/// Entries with the commands that rest on them.
const SOURCES: [(&[Citable], &str); 25] = [
    (
        &[Reproduce, Trace, Compare, Landscape, Probability, Sweep, Width, Fit, Recovery],
        r#"@inproceedings{du2018gradient,
  title     = {Gradient Descent Learns One-hidden-layer {CNN}: Don't be Afraid of Spurious Local Minima},
  author    = {Du, Simon S. and Lee, Jason D. and Tian, Yuandong and P{\'o}czos, Barnab{\'a}s and Singh, Aarti},
  booktitle = {Proceedings of the 35th International Conference on Machine Learning},
  series    = {Proceedings of Machine Learning Research},
  volume    = {80},
  pages     = {1339--1348},
  year      = {2018},
  note      = {arXiv:1712.00779}
}"#,
    ),
    (
        &[Reproduce, Trace, Compare, Landscape, Probability, Sweep, Width, Fit, Recovery],
        concat!(
            "@software{spurious,\n  title   = {spurious: gradient descent on a one-hidden-layer convolutional network, exactly},\n",
            "  author  = {{The spurious authors}},\n  version = {",
            env!("CARGO_PKG_VERSION"),
            "},\n  year    = {2026}\n}"
        ),
    ),
    (
        &[Reproduce, Trace, Compare, Landscape, Probability, Sweep, Width, Recovery],
        r#"@inproceedings{cho2009kernel,
  title     = {Kernel Methods for Deep Learning},
  author    = {Cho, Youngmin and Saul, Lawrence K.},
  booktitle = {Advances in Neural Information Processing Systems},
  volume    = {22},
  pages     = {342--350},
  year      = {2009}
}"#,
    ),
    (
        &[Reproduce, Trace, Compare, Sweep, Width, Fit, Recovery],
        r#"@inproceedings{salimans2016weight,
  title     = {Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural Networks},
  author    = {Salimans, Tim and Kingma, Diederik P.},
  booktitle = {Advances in Neural Information Processing Systems},
  volume    = {29},
  pages     = {901--909},
  year      = {2016}
}"#,
    ),
    (
        &[Reproduce, Trace, Compare, Sweep],
        r#"@article{polyak1964methods,
  title   = {Some Methods of Speeding Up the Convergence of Iteration Methods},
  author  = {Polyak, B. T.},
  journal = {USSR Computational Mathematics and Mathematical Physics},
  volume  = {4},
  number  = {5},
  pages   = {1--17},
  year    = {1964}
}"#,
    ),
    (
        &[Reproduce, Trace, Compare, Sweep],
        r#"@article{nesterov1983method,
  title   = {A Method for Solving the Convex Programming Problem with Convergence Rate {$O(1/k^2)$}},
  author  = {Nesterov, Yu. E.},
  journal = {Doklady Akademii Nauk SSSR},
  volume  = {269},
  number  = {3},
  pages   = {543--547},
  year    = {1983}
}"#,
    ),
    (
        &[Reproduce, Trace, Compare, Sweep],
        r#"@inproceedings{kingma2015adam,
  title     = {Adam: A Method for Stochastic Optimization},
  author    = {Kingma, Diederik P. and Ba, Jimmy},
  booktitle = {International Conference on Learning Representations},
  year      = {2015},
  note      = {arXiv:1412.6980}
}"#,
    ),
    (
        &[Reproduce, Trace, Compare, Sweep],
        r#"@inproceedings{zhou2019toward,
  title     = {Toward Understanding the Importance of Noise in Training Neural Networks},
  author    = {Zhou, Mo and Liu, Tianyi and Li, Yan and Lin, Dachao and Zhou, Enlu and Zhao, Tuo},
  booktitle = {Proceedings of the 36th International Conference on Machine Learning},
  series    = {Proceedings of Machine Learning Research},
  volume    = {97},
  year      = {2019},
  note      = {arXiv:1909.03172}
}"#,
    ),
    (
        &[Width],
        r#"@inproceedings{xu2023overparameterization,
  title     = {Over-Parameterization Exponentially Slows Down Gradient Descent for Learning a Single Neuron},
  author    = {Xu, Weihang and Du, Simon S.},
  booktitle = {Proceedings of Thirty Sixth Conference on Learning Theory},
  series    = {Proceedings of Machine Learning Research},
  volume    = {195},
  pages     = {1155--1198},
  year      = {2023}
}"#,
    ),
    (
        &[Fit, Recovery],
        r#"@article{golub1973differentiation,
  title   = {The Differentiation of Pseudo-Inverses and Nonlinear Least Squares Problems Whose Variables Separate},
  author  = {Golub, Gene H. and Pereyra, Victor},
  journal = {SIAM Journal on Numerical Analysis},
  volume  = {10},
  number  = {2},
  pages   = {413--432},
  year    = {1973}
}"#,
    ),
    (
        &[Fit, Recovery],
        r#"@article{kaufman1975variable,
  title   = {A Variable Projection Method for Solving Separable Nonlinear Least Squares Problems},
  author  = {Kaufman, Linda},
  journal = {BIT Numerical Mathematics},
  volume  = {15},
  pages   = {49--57},
  year    = {1975}
}"#,
    ),
    (
        &[Fit],
        r#"@article{akaike1974new,
  title   = {A New Look at the Statistical Model Identification},
  author  = {Akaike, Hirotugu},
  journal = {IEEE Transactions on Automatic Control},
  volume  = {19},
  number  = {6},
  pages   = {716--723},
  year    = {1974}
}"#,
    ),
    (
        &[Fit],
        r#"@article{allen1974relationship,
  title   = {The Relationship Between Variable Selection and Data Augmentation and a Method for Prediction},
  author  = {Allen, David M.},
  journal = {Technometrics},
  volume  = {16},
  number  = {1},
  pages   = {125--127},
  year    = {1974}
}"#,
    ),
    (
        &[Fit],
        r#"@article{rad2020scalable,
  title   = {A Scalable Estimate of the Out-of-Sample Prediction Error via Approximate Leave-One-Out Cross-Validation},
  author  = {Rad, Kamiar Rahnama and Maleki, Arian},
  journal = {Journal of the Royal Statistical Society: Series B},
  volume  = {82},
  number  = {4},
  pages   = {965--996},
  year    = {2020}
}"#,
    ),
    (
        &[Fit],
        r#"@article{good1953population,
  title   = {The Population Frequencies of Species and the Estimation of Population Parameters},
  author  = {Good, I. J.},
  journal = {Biometrika},
  volume  = {40},
  number  = {3/4},
  pages   = {237--264},
  year    = {1953}
}"#,
    ),
    (
        &[Fit],
        r#"@article{white1982maximum,
  title   = {Maximum Likelihood Estimation of Misspecified Models},
  author  = {White, Halbert},
  journal = {Econometrica},
  volume  = {50},
  number  = {1},
  pages   = {1--25},
  year    = {1982}
}"#,
    ),
    (
        &[Fit],
        r#"@article{liang1986longitudinal,
  title   = {Longitudinal Data Analysis Using Generalized Linear Models},
  author  = {Liang, Kung-Yee and Zeger, Scott L.},
  journal = {Biometrika},
  volume  = {73},
  number  = {1},
  pages   = {13--22},
  year    = {1986}
}"#,
    ),
    (
        &[Fit],
        r#"@book{vovk2005algorithmic,
  title     = {Algorithmic Learning in a Random World},
  author    = {Vovk, Vladimir and Gammerman, Alexander and Shafer, Glenn},
  publisher = {Springer},
  year      = {2005}
}"#,
    ),
    (
        &[Reproduce, Landscape],
        r#"@book{watanabe2009algebraic,
  title     = {Algebraic Geometry and Statistical Learning Theory},
  author    = {Watanabe, Sumio},
  publisher = {Cambridge University Press},
  year      = {2009}
}"#,
    ),
    (
        &[Fit],
        r#"@article{nadeau2003inference,
  title   = {Inference for the Generalization Error},
  author  = {Nadeau, Claude and Bengio, Yoshua},
  journal = {Machine Learning},
  volume  = {52},
  number  = {3},
  pages   = {239--281},
  year    = {2003}
}"#,
    ),
    (
        &[Fit],
        r#"@article{delong1988comparing,
  title   = {Comparing the Areas Under Two or More Correlated Receiver Operating Characteristic Curves: A Nonparametric Approach},
  author  = {DeLong, Elizabeth R. and DeLong, David M. and Clarke-Pearson, Daniel L.},
  journal = {Biometrics},
  volume  = {44},
  number  = {3},
  pages   = {837--845},
  year    = {1988}
}"#,
    ),
    (
        &[Reproduce, Probability, Sweep],
        r#"@article{golub1969calculation,
  title   = {Calculation of {G}auss Quadrature Rules},
  author  = {Golub, Gene H. and Welsch, John H.},
  journal = {Mathematics of Computation},
  volume  = {23},
  number  = {106},
  pages   = {221--230},
  year    = {1969}
}"#,
    ),
    (
        &[Reproduce, Trace, Probability, Sweep],
        r#"@book{hairer1996solving,
  title     = {Solving Ordinary Differential Equations {II}: Stiff and Differential-Algebraic Problems},
  author    = {Hairer, Ernst and Wanner, Gerhard},
  publisher = {Springer},
  edition   = {2},
  year      = {1996}
}"#,
    ),
    (
        &[Reproduce, Probability, Sweep],
        r#"@article{kamke1932theorie,
  title   = {Zur {T}heorie der {S}ysteme gew{\"o}hnlicher {D}ifferentialgleichungen. {II}},
  author  = {Kamke, Erich},
  journal = {Acta Mathematica},
  volume  = {58},
  pages   = {57--85},
  year    = {1932}
}"#,
    ),
    (
        &[Reproduce, Probability, Sweep],
        r#"@article{wilson1927probable,
  title   = {Probable Inference, the Law of Succession, and Statistical Inference},
  author  = {Wilson, Edwin B.},
  journal = {Journal of the American Statistical Association},
  volume  = {22},
  number  = {158},
  pages   = {209--212},
  year    = {1927}
}"#,
    ),
];

pub(crate) fn run(args: &CiteArgs) -> Result<(), Failure> {
    let entries: Vec<&str> = SOURCES
        .iter()
        .filter(|(commands, _)| args.command.is_none_or(|command| commands.contains(&command)))
        .map(|(_, entry)| *entry)
        .collect();
    output::print(&format!("{}\n", entries.join("\n\n")))
}
