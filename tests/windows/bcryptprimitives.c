/* Wine 8 has no bcryptprimitives.dll, of which Rust's standard library needs ProcessPrng. This stands in for it in the tests' own
   Wine prefix; it is never shipped. Windows has had it since Windows 10. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID data, ULONG len); /* advapi32's RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T len)
{
    return SystemFunction036(data, (ULONG)len);
}
