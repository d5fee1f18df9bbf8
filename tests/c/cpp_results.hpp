/* The part of cpp.cpp that is compiled without exceptions; adds its counts to these. */

#ifndef DMERP_TESTS_CPP_RESULTS_HPP
#define DMERP_TESTS_CPP_RESULTS_HPP

void cpp_results(unsigned long *passed, unsigned long *failed);

#endif
