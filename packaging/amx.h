/* GCC up to 12 tells its optimiser that `ldtilecfg` reads 8 bytes. It reads 64: the rest of the configuration was written
   too late, and the next instruction on a tile ended the process (SIGILL). Included before every source of llama.cpp. */
#if defined(__AMX_TILE__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>
#undef _tile_loadconfig
#define _tile_loadconfig(config) __asm__ volatile("ldtilecfg %0" : : "m"(*(const char (*)[64])(config)))
#undef _tile_storeconfig
#define _tile_storeconfig(config) __asm__ volatile("sttilecfg %0" : "=m"(*(char (*)[64])(config)))
#endif
