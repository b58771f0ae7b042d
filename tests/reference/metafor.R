# Reference values for tests/test_pooling.py, by R and metafor:
#
#   apt-get install r-base-core r-cran-metafor
#   Rscript tests/reference/metafor.R > tests/reference/metafor.json
#
# metafor's default settings stop at about 1e-6 (REML) and 6e-4 (Paule-Mandel); the control list below tightens them. Numbers are
# written with 17 digits. Only numbers are taken from here: the package's code is not.

suppressMessages(library(metafor))

# Thirteen trials of BCG vaccine against tuberculosis: cases and persons, vaccinated and not (Colditz and others, JAMA 1994, 271:
# 698-702; the table as printed in Berkey and others, Statistics in Medicine 1995, 14: 395-411).
bcg <- data.frame(
  study = c("Aronson 1948", "Ferguson and Simes 1949", "Rosenthal 1960", "Hart and Sutherland 1977", "Frimodt-Moller 1973",
            "Stein and Aronson 1953", "Vandiviere 1973", "Madras 1980", "Coetzee and Berjak 1968", "Rosenthal 1961",
            "Comstock 1974", "Comstock and Webster 1969", "Comstock 1976"),
  vaccinated_cases = c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27),
  vaccinated       = c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913),
  control_cases    = c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29),
  control          = c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854)
)
bcg$effect <- with(bcg, log((vaccinated_cases / vaccinated) / (control_cases / control)))
bcg$se <- with(bcg, sqrt(1 / vaccinated_cases - 1 / vaccinated + 1 / control_cases - 1 / control))

# Elasticities of reactions in followers by `measured_betas` from data/cells, with classical standard errors: aggregates only.
betas <- data.frame(
  study = c("instagram-kim beauty", "instagram-kim fitness", "instagram-kim pet", "tiktok-tides Europe", "tiktok-tides Oceania",
            "tiktok-datares all", "youtube-tides Africa", "youtube-tides Europe", "youtube-fr-science institution",
            "youtube-fr-science non-institution"),
  effect = c(0.912464372888, 0.848389159232, 0.944101902824, 0.590304570242, 0.848746380198, 0.944989983079, 0.820022196170,
             0.767077798563, 0.451063605257, 0.782577070759),
  se = c(0.018425169475, 0.018906266651, 0.028390638192, 0.017375884782, 0.017788169769, 0.014492194397, 0.028846359564,
         0.025261685248, 0.027600031072, 0.026687688125)
)

# Made up: studies that agree better than chance would have them, so that every estimator of tau2 gives zero; and the smallest set.
agreeing <- data.frame(study = c("a", "b", "c", "d", "e"), effect = c(0.80, 0.82, 0.79, 0.81, 0.83), se = c(0.05, 0.08, 0.03, 0.10, 0.06))
two <- data.frame(study = c("a", "b"), effect = c(0.70, 0.95), se = c(0.05, 0.08))

methods <- c("REML", "PM", "DL")
control <- list(
  REML = list(threshold = 1e-14, maxiter = 10000, stepadj = 0.5, tau2.max = 10),
  PM = list(tol = 1e-16, maxiter = 10000, tau2.max = 10),
  DL = list()
)

interval_of <- function(fit) list(mu = fit$b[1], se = fit$se, low = fit$ci.lb, high = fit$ci.ub)
prediction_of <- function(found) list(low = found$pi.lb, high = found$pi.ub)

pooled_by <- function(d, method) {
  fit_by <- function(test) rma(yi = effect, sei = se, data = d, method = method, test = test, control = control[[method]])
  fit <- fit_by("z")
  knha <- fit_by("knha")
  out <- list(
    call = sprintf('rma(yi = effect, sei = se, method = "%s", test = ..., control = ...)', method),
    tau2 = fit$tau2, q = fit$QE,
    i2 = list("from tau2" = fit$I2, "from Q" = max(0, 100 * (fit$QE - (fit$k - 1)) / fit$QE)),
    interval = list("Wald" = interval_of(fit), "HK" = interval_of(knha), "HK, q at least 1" = interval_of(fit_by("adhoc")))
  )
  if (nrow(d) > 2) {
    out$prediction <- list(
      "z" = prediction_of(predict(fit)),
      "t(k-2)" = prediction_of(predict(fit, pi.type = "riley")),
      "t(k-1) with HK" = prediction_of(predict(knha))
    )
    without <- leave1out(fit)
    without_knha <- leave1out(knha)
    out$leave_one_out <- list(
      mu = without$estimate, tau2 = without$tau2, q = without$Q, i2 = without$I2, wald_se = without$se,
      hk_se = without_knha$se, hk_low = without_knha$ci.lb, hk_high = without_knha$ci.ub
    )
  }
  out
}

egger_of <- function(d) {
  test <- regtest(x = d$effect, sei = d$se, model = "lm", predictor = "sei")
  slope <- summary(test$fit)$coefficients[2, 1:2]
  list(call = 'regtest(x = effect, sei = se, model = "lm", predictor = "sei")', slope = slope[[1]], se = slope[[2]],
       t = test$zval, p = test$pval, df = test$dfs, limit = test$est, low = test$ci.lb, high = test$ci.ub)
}

reference_for <- function(d) {
  out <- list(data = as.list(d), pooled = sapply(methods, function(method) pooled_by(d, method), simplify = FALSE))
  if (nrow(d) > 2) out$egger <- egger_of(d)
  out
}

# JSON by hand: what R packages write has 15 digits.
json <- function(x, indent = "") {
  inner <- paste0(indent, " ")
  one <- function(v) if (is.character(v)) paste0('"', gsub('"', '\\\\"', v), '"') else sprintf("%.17g", v)
  if (is.list(x)) {
    parts <- vapply(names(x), function(name) paste0(inner, '"', name, '": ', json(x[[name]], inner)), "")
    return(paste0("{\n", paste(parts, collapse = ",\n"), "\n", indent, "}"))
  }
  text <- vapply(unname(x), one, "")
  if (length(x) == 1) text else paste0("[", paste(text, collapse = ", "), "]")
}

cat(json(list(
  made = list(by = "Rscript tests/reference/metafor.R", r = R.version.string, metafor = as.character(packageVersion("metafor")),
              tightened = paste(deparse(control, width.cutoff = 500L), collapse = "")),
  cases = lapply(list(bcg = bcg, betas = betas, agreeing = agreeing, two = two), reference_for)
)), "\n", sep = "")
