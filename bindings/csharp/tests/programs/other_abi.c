/* A library of a later ABI. */
#include <stdint.h>

uint32_t dmerp_abi_version(void)
{
    return 2;
}

const char *dmerp_version(void)
{
    return "9.9.9";
}
