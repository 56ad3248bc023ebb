"""Going through it all: builds as rows of the estimator, what can be left out, and the best."""
