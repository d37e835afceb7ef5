//! The contract that every plugin keeps: a new one gets it by one line here.

testkit::contract!(glue, Glue);
testkit::contract!(saturator, Saturator);
testkit::contract!(eq, Eq);
testkit::contract!(clipper, Clipper);
testkit::contract!(limiter, Limiter);
testkit::contract!(tape, Tape);
testkit::contract!(meter, Meter);
testkit::contract!(trivial, Trivial);
