# The figures of survey_index.py by R's survey package: overall, five factors, 22 criteria, of the sample and 34 provinces.
# Prints one JSON line: the seconds of reading the file, and of the figures once it is in memory.
suppressMessages(library(survey))
options(survey.lonely.psu = "adjust")
begin <- proc.time()[["elapsed"]]
data <- read.csv(commandArgs(TRUE)[1])
criteria <- grep("^c[1-5]_", names(data), value = TRUE)
factors <- split(criteria, sub("_.*", "", criteria))
start <- proc.time()[["elapsed"]]
for (code in criteria) {
  answered <- !is.na(data[[code]])
  data[[paste0("s_", code)]] <- ifelse(answered, data[[code]] >= 4, 0)
  data[[paste0("v_", code)]] <- as.numeric(answered)
  data[[code]] <- NULL
}
design <- svydesign(~cum, strata = ~tinh, weights = ~w, data = data, nest = TRUE)
pooled <- function(codes) sprintf("(%s)/(%s)", paste0("s_", codes, collapse = "+"), paste0("v_", codes, collapse = "+"))
formulas <- c(sapply(criteria, pooled), sapply(factors, pooled), overall = pooled(criteria))
sums <- reformulate(c(paste0("s_", criteria), paste0("v_", criteria)))
figures_of <- function(part) {
  totals <- svytotal(sums, part)
  lapply(formulas, function(f) {
    r <- svycontrast(totals, parse(text = f)[[1]])
    c(coef(r), SE(r))
  })
}
whole <- figures_of(design)
for (province in sort(unique(data$tinh))) figures_of(subset(design, tinh == province))
cat(sprintf('{"read_s": %.3f, "estimate_s": %.3f, "overall": %.12g, "se": %.12g}\n', start - begin,
            proc.time()[["elapsed"]] - start, 100 * whole$overall[1], 100 * whole$overall[2]))
