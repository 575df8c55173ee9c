# Makes responses_weights.csv, population.csv, round_two.csv and expected_weights.json with R's survey package, for
# test_weights_against_r.py (calibrate() needs r-cran-mass as well): non-response, post-stratification, raking, design effects, differences between rounds.
#   cd tests/surveys/reference && Rscript make_expected_weights.R
suppressMessages(library(survey))
criteria <- c("c1_1", "c1_2", "c2_1", "c2_2", "c5_1")
factor_of <- sub("_.*", "", criteria)

sample_of <- function(seed, shift) {
  set.seed(seed)
  rows <- do.call(rbind, lapply(1:4, function(h) {
    do.call(rbind, lapply(1:sample(4:6, 1), function(i) {
      size <- sample(4:9, 1)
      data.frame(stratum = LETTERS[h], cluster = i, weight = round(runif(size, 0.5, 4) * h, 3),
                 level = rnorm(1, 3.4 + shift + h / 10, 0.5), n_clusters = 9 * h + 8)
    }))
  }))
  rows$sex <- sample(c("nam", "nu"), nrow(rows), TRUE, c(.4, .6))
  rows$age <- sample(c("a", "b", "c"), nrow(rows), TRUE)
  rows$urban <- ifelse(rows$stratum %in% c("A", "B"), "do_thi", "nong_thon")
  rows$responded <- as.integer(runif(nrow(rows)) < ifelse(rows$age == "a", 0.6, 0.9))
  rows$domain <- ifelse(rows$stratum == "D", "dac_khu", sample(c("phuong", "xa"), nrow(rows), TRUE, c(.6, .4)))
  for (code in criteria) {
    rows[[code]] <- pmin(5, pmax(1, round(rnorm(nrow(rows), rows$level + (rows$sex == "nu") * 0.4, 1))))
    rows[[code]][runif(nrow(rows)) < 0.12 | rows$responded == 0] <- NA
  }
  rows$level <- NULL
  rows$zero <- ifelse(rows$stratum == "B" & rows$cluster == 1, 0, rows$weight) # a cluster without any weight
  rows
}
rows <- sample_of(20261125, 0)
second <- sample_of(20261126, 0.3)
write.csv(rows, "responses_weights.csv", row.names = FALSE, na = "", quote = FALSE)
write.csv(second, "round_two.csv", row.names = FALSE, na = "", quote = FALSE)

total <- sum(rows$weight) * 3
population <- rbind(
  data.frame(variable = "sex", level = c("nam", "nu"), population = round(total * c(.49, .51), 6)),
  data.frame(variable = "age", level = c("a", "b", "c"), population = round(total * c(.25, .4, .35), 6)),
  data.frame(variable = "sex*urban", level = c("nam*do_thi", "nu*do_thi", "nam*nong_thon", "nu*nong_thon"),
             population = round(total * c(.2, .22, .29, .29), 6)))
write.csv(population, "population.csv", row.names = FALSE, quote = FALSE)
table_of <- function(variable) {
  part <- population[population$variable == variable, ]
  setNames(data.frame(part$level, part$population), c(variable, "Freq"))
}

prepared <- function(data) {
  for (code in criteria) {
    data[[paste0("s_", code)]] <- ifelse(is.na(data[[code]]), 0, as.numeric(data[[code]] >= 4))
    data[[paste0("v_", code)]] <- as.numeric(!is.na(data[[code]]))
  }
  data$cross <- paste(data$sex, data$urban, sep = "*")
  data
}
pooled <- function(codes) sprintf("(%s)/(%s)", paste0("s_", codes, collapse = "+"), paste0("v_", codes, collapse = "+"))
formulas <- c(sapply(criteria, pooled), sapply(unique(factor_of), function(f) pooled(criteria[factor_of == f])),
              overall = pooled(criteria))
sums <- reformulate(c(paste0("s_", criteria), paste0("v_", criteria)))

out <- character()
put <- function(...) out[[length(out) + 1]] <<- sprintf(...)
add <- function(case, design, lonely = "adjust", effects = FALSE) {
  options(survey.lonely.psu = lonely)
  for (name in c("", sort(unique(design$variables$domain)))) {
    part <- if (name == "") design else subset(design, domain == name)
    totals <- svytotal(sums, part)
    for (figure in names(formulas)) {
      r <- svycontrast(totals, parse(text = formulas[[figure]])[[1]])
      put('{"case":"%s","lonely":"%s","domain":"%s","figure":"%s","estimate":%.15g,"se":%.15g,"df":%d}', case, lonely, name,
          figure, 100 * coef(r), 100 * SE(r), degf(design))
    }
  }
  if (!effects) return(invisible())
  for (name in c("", sort(unique(design$variables$domain)))) {
    part <- if (name == "") design else subset(design, domain == name)
    for (code in criteria) {
      m <- svymean(as.formula(sprintf("~I(as.numeric(%s >= 4))", code)), part, na.rm = TRUE, deff = "replace")
      put('{"case":"%s","lonely":"%s","domain":"%s","figure":"%s","deff":%.15g}', case, lonely, name, code, deff(m))
    }
    part$variables$s_all <- rowSums(part$variables[paste0("s_", criteria)])
    part$variables$v_all <- rowSums(part$variables[paste0("v_", criteria)])
    r <- svyratio(~s_all, ~v_all, subset(part, v_all > 0), deff = "replace")
    put('{"case":"%s","lonely":"%s","domain":"%s","figure":"overall","deff":%.15g}', case, lonely, name, deff(r)[1])
  }
}
clustered <- function(d, weight = ~weight) svydesign(~cluster, strata = ~stratum, data = d, weights = weight, nest = TRUE)
with_fpc <- function(d) svydesign(~cluster, strata = ~stratum, data = d, weights = ~weight, fpc = ~n_clusters, nest = TRUE)
data <- prepared(rows)
raking <- function(design, variables) {
  wanted <- lapply(variables, table_of)
  margins <- Map(function(v, t) setNames(t$Freq, t[[1]])[levels(factor(design$variables[[v]]))], variables, wanted)
  known <- c(`(Intercept)` = sum(margins[[1]]), unlist(lapply(seq_along(variables), function(k) {
    m <- margins[[k]]
    setNames(m[-1], paste0(variables[k], names(m)[-1]))
  })))
  calibrate(design, reformulate(variables), known, calfun = "raking", epsilon = 1e-13, maxit = 500)
}

add("plain", clustered(data), effects = TRUE)
add("zero", clustered(data, ~zero))
add("sex", postStratify(clustered(data), ~sex, table_of("sex")))
add("sex_fpc", postStratify(with_fpc(data), ~sex, table_of("sex")), effects = TRUE)
cross <- table_of("sex*urban")
names(cross)[1] <- "cross"
add("cross", postStratify(clustered(data), ~cross, cross))
add("raked", raking(clustered(data), c("sex", "age")), effects = TRUE)
add("raked_fpc", raking(with_fpc(data), c("sex", "age")))
lonely <- data[!(data$stratum == "A" & data$cluster > 1), ]
for (rule in c("adjust", "certainty", "average")) {
  options(survey.lonely.psu = rule)
  add("raked_lonely", raking(clustered(lonely), c("sex", "age")), rule)
}
# the classical rake() agrees on the weights; its errors use unweighted margins' means and are not what is meant here
classical <- rake(clustered(data), list(~sex, ~age), list(table_of("sex"), table_of("age")), list(maxit = 500, epsilon = 1e-10))
stopifnot(max(abs(weights(classical) - weights(raking(clustered(data), c("sex", "age"))))) < 1e-6)

answering <- function(d, class) {
  drawn <- ave(d$weight, class, FUN = sum)
  reached <- ave(d$weight * d$responded, class, FUN = sum)
  d$weight <- d$weight * d$responded * drawn / reached
  d
}
add("nonresponse", clustered(answering(data, data$age)))
add("nonresponse_all", clustered(answering(data, rep(1, nrow(data)))))
among <- answering(data, data$age)
add("nonresponse_raked", raking(subset(clustered(among), responded == 1), c("sex", "age"))) # R cannot calibrate zero weights

# differences: two rounds as strata of their own in one design, and two domains of one round
options(survey.lonely.psu = "adjust")
both <- rbind(cbind(rows, round = 1), cbind(second, round = 2))
both$stratum <- paste(both$round, both$stratum)
stacked <- clustered(prepared(both))
difference <- function(case, design, first, last, figure, first_name, last_name) {
  d <- design$variables
  for (code in criteria) for (half in 1:2) {
    mine <- if (half == 1) first else last
    design$variables[[paste0(c("a", "b")[half], "s_", code)]] <- d[[paste0("s_", code)]] * mine
    design$variables[[paste0(c("a", "b")[half], "v_", code)]] <- d[[paste0("v_", code)]] * mine
  }
  all <- c(outer(c("as_", "av_", "bs_", "bv_"), criteria, paste0))
  totals <- svytotal(reformulate(all), design)
  f <- formulas[[figure]]
  one <- gsub("v_", "av_", gsub("s_", "as_", f)); other <- gsub("v_", "bv_", gsub("s_", "bs_", f))
  r <- svycontrast(totals, parse(text = sprintf("%s-%s", other, one))[[1]])
  q <- qt(0.975, degf(design))
  put('{"case":"%s","domain":"%s>%s","figure":"%s","estimate":%.15g,"se":%.15g,"ci":[%.15g,%.15g],"df":%d}', case, first_name,
      last_name, figure, 100 * coef(r), 100 * SE(r), 100 * (coef(r) - q * SE(r)), 100 * (coef(r) + q * SE(r)), degf(design))
}
for (figure in names(formulas)) {
  difference("rounds", stacked, both$round == 1, both$round == 2, figure, "", "")
  difference("domains", clustered(data), data$domain == "phuong", data$domain == "xa", figure, "phuong", "xa")
}
writeLines(c(sprintf('{"made_with": "R %s, survey %s", "figures": [', getRversion(), packageVersion("survey")),
             paste(unlist(out), collapse = ",\n"), "]}"), "expected_weights.json")
