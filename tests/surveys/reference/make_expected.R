# Makes responses.csv, responses_lonely.csv and expected.json with R's survey package, for test_indices_against_r.py.
#   cd tests/surveys/reference && Rscript make_expected.R
suppressMessages(library(survey))

criteria <- c("c1_1", "c1_2", "c2_1", "c2_2", "c2_3", "c4_1", "c5_1", "c5_2")
factor_of <- sub("_.*", "", criteria)
factors <- unique(factor_of)

# ---- data: 5 strata, 4-7 clusters each (labels repeat between strata), unequal weights, blanks, three domains
set.seed(20261122)
rows <- do.call(rbind, lapply(1:5, function(h) {
  do.call(rbind, lapply(1:sample(4:7, 1), function(i) {
    size <- sample(3:9, 1)
    data.frame(stratum = LETTERS[h], cluster = i, weight = round(runif(size, 0.5, 4) * h, 3),
               level = rnorm(1, 3.5 + h / 10, 0.5), n_clusters = 10 * h + 8, n_rows = 300 + 50 * h)
  }))
}))
rows$domain <- ifelse(rows$stratum == "E", "dac_khu", sample(c("phuong", "xa"), nrow(rows), TRUE, c(.6, .4)))
rows$n_all <- 5000
for (code in criteria) {
  rows[[code]] <- pmin(5, pmax(1, round(rnorm(nrow(rows), rows$level, 1))))
  rows[[code]][runif(nrow(rows)) < ifelse(substr(code, 1, 2) == "c5", 0.7, 0.12)] <- NA
}
rows$level <- NULL
rows[3, criteria] <- NA # a respondent without any answer stays in the design
lonely <- rows[!(rows$stratum == "A" & rows$cluster > 1) & !(rows$stratum == "D" & rows$cluster != 2), ]
write.csv(rows, "responses.csv", row.names = FALSE, na = "", quote = FALSE)
write.csv(lonely, "responses_lonely.csv", row.names = FALSE, na = "", quote = FALSE)

# ---- every figure is a smooth function of totals: svytotal and the delta method of svycontrast
prepared <- function(data, method) {
  for (code in criteria) {
    x <- data[[code]]
    score <- if (method == "mean_score") (x - 1) / 4 else as.numeric(x >= 4)
    data[[paste0("s_", code)]] <- ifelse(is.na(x), 0, score)
    data[[paste0("v_", code)]] <- as.numeric(!is.na(x))
  }
  data
}
pooled <- function(codes) sprintf("(%s)/(%s)", paste0("s_", codes, collapse = "+"), paste0("v_", codes, collapse = "+"))
mean_of <- function(parts, weights = rep(1 / length(parts), length(parts))) {
  paste(sprintf("%.17g*(%s)", weights / sum(weights), parts), collapse = "+")
}
formulas <- function(method) {
  single <- sapply(criteria, pooled)
  by_pool <- sapply(factors, function(f) pooled(criteria[factor_of == f]))
  by_mean <- sapply(factors, function(f) mean_of(single[factor_of == f]))
  factor_formulas <- if (method %in% c("mean_of_criteria", "mean_of_factors_of_criteria")) by_mean else by_pool
  overall <- switch(method,
    pooled = pooled(criteria), mean_score = pooled(criteria), mean_of_criteria = mean_of(single),
    mean_of_factors = mean_of(by_pool), mean_of_factors_of_criteria = mean_of(by_mean),
    weighted = mean_of(by_pool, c(0.1, 0.2, 0.4, 0.3)))
  c(single, factor_formulas, overall = overall)
}

out <- character()
add <- function(case, data, design_of, method = "pooled", lonely = "adjust", domains = TRUE) {
  options(survey.lonely.psu = lonely)
  whole <- design_of(prepared(data, method))
  df <- degf(whole)
  for (name in c("", if (domains) sort(unique(data$domain)))) {
    part <- if (name == "") whole else subset(whole, domain == name)
    totals <- svytotal(reformulate(c(paste0("s_", criteria), paste0("v_", criteria))), part)
    for (figure in names(f <- formulas(method))) {
      r <- svycontrast(totals, parse(text = f[[figure]])[[1]])
      p <- as.numeric(coef(r)); se <- as.numeric(SE(r)); q <- qt(0.975, df); z <- qnorm(0.975)
      logit <- function(k) 100 * plogis(qlogis(p) + c(-k, k) * se / (p * (1 - p)))
      out[[length(out) + 1]] <<- sprintf(
        '{"case":"%s","method":"%s","lonely":"%s","domain":"%s","figure":"%s","estimate":%.15g,"se":%.15g,"logit_t":[%.15g,%.15g],"logit":[%.15g,%.15g],"t":[%.15g,%.15g],"normal":[%.15g,%.15g]}',
        case, method, lonely, name, figure, 100 * p, 100 * se, logit(q)[1], logit(q)[2], logit(z)[1], logit(z)[2],
        100 * (p - q * se), 100 * (p + q * se), 100 * (p - z * se), 100 * (p + z * se))
    }
    # the package's own ratio and proportion functions must say the same
    if (method == "pooled") {
      ratio <- svyratio(~s_c1_1, ~v_c1_1, part)
      mine <- svycontrast(totals, quote(s_c1_1 / v_c1_1))
      stopifnot(abs(SE(ratio) - SE(mine)) < 1e-12)
      ci <- svyciprop(~I(c1_1 >= 4), part, method = "xlogit", na.rm = TRUE, df = df)
      same <- plogis(qlogis(coef(mine)) + c(-1, 1) * qt(0.975, df) * SE(mine) / (coef(mine) * (1 - coef(mine))))
      if (lonely != "average") stopifnot(max(abs(attr(ci, "ci") - same)) < 1e-9)
    }
  }
}

simple <- function(d) svydesign(~1, data = d, weights = rep(1, nrow(d)))
weighted <- function(d) svydesign(~1, data = d, weights = ~weight)
simple_fpc <- function(d) svydesign(~1, data = d, fpc = ~n_all)
stratified <- function(d) svydesign(~1, strata = ~stratum, data = d, weights = ~weight)
stratified_fpc <- function(d) svydesign(~1, strata = ~stratum, data = d, fpc = ~n_rows)
stratified_fpc_weighted <- function(d) svydesign(~1, strata = ~stratum, data = d, fpc = ~n_rows, weights = ~weight)
clustered <- function(d) svydesign(~cluster, strata = ~stratum, data = d, weights = ~weight, nest = TRUE)
clustered_fpc <- function(d) svydesign(~cluster, strata = ~stratum, data = d, weights = ~weight, fpc = ~n_clusters, nest = TRUE)
clusters_only <- function(d) svydesign(~interaction(stratum, cluster), data = d, weights = ~weight)

add("simple", rows, simple)
add("simple_fpc", rows, simple_fpc, domains = FALSE)
add("weighted", rows, weighted)
add("stratified", rows, stratified)
add("stratified_fpc", rows, stratified_fpc)
add("stratified_fpc_weighted", rows, stratified_fpc_weighted, domains = FALSE)
add("clusters_only", rows, clusters_only, domains = FALSE)
add("clustered_fpc", rows, clustered_fpc)
for (method in c("pooled", "mean_of_factors", "mean_of_factors_of_criteria", "mean_of_criteria", "weighted", "mean_score"))
  add("clustered", rows, clustered, method)
for (rule in c("adjust", "certainty", "average")) {
  add("lonely", lonely, clustered, lonely = rule)
  add("lonely_fpc", lonely, clustered_fpc, lonely = rule)
}
add("lonely", lonely, clustered, "mean_of_criteria", "average")
writeLines(c(sprintf('{"made_with": "R %s, survey %s", "figures": [', getRversion(), packageVersion("survey")),
             paste(out, collapse = ",\n"), "]}"), "expected.json")
