# Makes round_units.csv, round_population.csv and expected_round.json with R's survey package, for test_round_weights.py
# (calibrate() needs r-cran-mass as well): the weights of a whole round, from its drawn units to its figures.
#   cd tests/surveys/reference && Rscript make_expected_round.R
suppressMessages(library(survey))
set.seed(20261126)
criteria <- c("p1_1", "p1_2", "p2_1")

# a two-stage sample: strata, villages as clusters, persons; reserves replace who did not answer where there is one
units <- do.call(rbind, lapply(1:4, function(h) {
  do.call(rbind, lapply(1:5, function(i) {
    main <- 9; size <- 24 + 3 * h
    d <- data.frame(stratum = paste0("T", h), cluster = paste0("T", h, " / Thon ", i), n_clusters = 6 + 3 * h,
                    role = rep(c("main", "reserve"), c(main, 4)), weight = round((6 + 3 * h) / 5 * size / main, 4),
                    level = rnorm(1, 3.3 + h / 8, 0.4))
    u <- runif(main + 4)
    d$disposition <- ifelse(u < 0.5 + 0.08 * h, "complete", ifelse(u < 0.9, "refusal", "not_eligible"))
    failed <- sum(d$role == "main" & d$disposition != "complete")
    d$issued <- d$role == "main"
    d$issued[d$role == "reserve"][seq_len(min(4, failed))] <- TRUE
    d$disposition[!d$issued] <- "pending"
    d
  }))
}))
units$weight <- round(units$weight * runif(nrow(units), 0.7, 1.6), 4) # households with several adults
units$weight[7] <- 260 # one that a limit would cut
answered <- units$issued & units$disposition == "complete"
units$gioi_tinh <- ifelse(answered, sample(c("nam", "nu", ""), nrow(units), TRUE, c(.42, .5, .08)), "")
for (code in criteria) {
  units[[code]] <- pmin(5, pmax(1, round(rnorm(nrow(units), units$level + (units$gioi_tinh == "nu") * 0.5, 1))))
  units[[code]][!answered | runif(nrow(units)) < 0.1] <- NA
}
units$level <- NULL
write.csv(units, "round_units.csv", row.names = FALSE, na = "", quote = FALSE)

# non-response by stratum: the drawn sample less the share that is not eligible, over those who answered
issued <- units[units$issued, ]
by_class <- function(class) {
  main <- tapply(issued$weight * (issued$role == "main"), class, sum)
  eligible <- tapply(issued$weight * (issued$disposition != "not_eligible"), class, sum) / tapply(issued$weight, class, sum)
  reached <- tapply(issued$weight * (issued$disposition == "complete"), class, sum)
  (main * eligible / reached)[class]
}
responses <- issued[issued$disposition == "complete", ]
factor_stratum <- by_class(issued$stratum)[issued$disposition == "complete"]
factor_all <- by_class(rep("all", nrow(issued)))[issued$disposition == "complete"]
limited <- function(w, limit) { # repeated until nothing is above
  most <- limit * mean(w); whole <- sum(w); cut <- w > most
  repeat {
    w <- ifelse(cut, most, w * (whole - most * sum(cut)) / sum(w[!cut]))
    more <- w > most * (1 + 1e-12) & !cut
    if (!any(more)) return(w)
    cut <- cut | more
  }
}

total <- 3000
population <- rbind(data.frame(variable = "gioi_tinh", level = c("nam", "nu"), population = c(1470, 1530)),
                    data.frame(variable = "tang", level = paste0("T", 1:4), population = c(500, 650, 850, 1000)))
write.csv(population, "round_population.csv", row.names = FALSE, quote = FALSE)

for (code in criteria) {
  responses[[paste0("s_", code)]] <- ifelse(is.na(responses[[code]]), 0, as.numeric(responses[[code]] >= 4))
  responses[[paste0("v_", code)]] <- as.numeric(!is.na(responses[[code]]))
}
responses$sex <- ifelse(responses$gioi_tinh == "", "khong_ro", responses$gioi_tinh)
pooled <- function(codes) sprintf("(%s)/(%s)", paste0("s_", codes, collapse = "+"), paste0("v_", codes, collapse = "+"))
formulas <- c(sapply(criteria, pooled), p1 = pooled(criteria[1:2]), overall = pooled(criteria))
out <- character()
add <- function(case, design) {
  options(survey.lonely.psu = "adjust")
  w <- weights(design)
  for (name in c("", sort(unique(as.character(design$variables$stratum))))) {
    part <- if (name == "") design else subset(design, stratum == name)
    totals <- svytotal(reformulate(c(paste0("s_", criteria), paste0("v_", criteria))), part)
    for (figure in names(formulas)) {
      r <- svycontrast(totals, parse(text = formulas[[figure]])[[1]])
      out[[length(out) + 1]] <<- sprintf(
        '{"case":"%s","domain":"%s","figure":"%s","estimate":%.15g,"se":%.15g,"df":%d,"least":%.15g,"greatest":%.15g,"kish":%.15g}',
        case, name, figure, 100 * coef(r), 100 * SE(r), degf(design), min(w), max(w), length(w) * sum(w^2) / sum(w)^2)
    }
  }
}
clustered <- function(w) {
  responses$w <- w
  svydesign(~cluster, strata = ~stratum, data = responses, weights = ~w, fpc = ~n_clusters, nest = TRUE)
}
# who left the question blank stays a group, as large as in the sample
totals_of <- function(w) {
  share <- sum(w[responses$sex == "khong_ro"]) / sum(w)
  list(sex = c(khong_ro = total * share, nam = 1470 * (1 - share), nu = 1530 * (1 - share)),
       stratum = c(T1 = 500, T2 = 650, T3 = 850, T4 = 1000))
}
raking <- function(w) {
  wanted <- totals_of(w)
  known <- c(`(Intercept)` = total, sexnam = wanted$sex[["nam"]], sexnu = wanted$sex[["nu"]],
             setNames(wanted$stratum[-1], paste0("stratum", names(wanted$stratum)[-1])))
  calibrate(clustered(w), ~ sex + stratum, known, calfun = "raking", epsilon = 1e-13, maxit = 500)
}
post <- function(w) {
  wanted <- totals_of(w)$sex
  postStratify(clustered(w), ~sex, data.frame(sex = names(wanted), Freq = unname(wanted)))
}
base <- responses$weight
add("none", clustered(base))
add("all", clustered(base * factor_all))
add("stratum", clustered(base * factor_stratum))
add("limited", clustered(limited(base * factor_stratum, 3)))
add("post", post(base * factor_stratum))
add("raked", raking(base * factor_stratum))
add("limited_raked", raking(limited(base * factor_stratum, 3)))
writeLines(c(sprintf('{"made_with": "R %s, survey %s", "figures": [', getRversion(), packageVersion("survey")),
             paste(unlist(out), collapse = ",\n"), "]}"), "expected_round.json")
