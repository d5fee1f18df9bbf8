/* For Windows: posix.h has what the tests use. */
