/* A program for Windows without a C runtime, which is all that Microsoft's linker needs to link the import library. */
#include "dmerp.h"

int start(void)
{
    return dmerp_abi_version() == DMERP_ABI_VERSION && dmerp_version()[0] == '0' + DMERP_VERSION_MAJOR ? 0 : 1;
}
