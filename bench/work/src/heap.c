/* Counts the heap of this process, C and Rust alike: these definitions take the
 * place of glibc's, which stay reachable by their inner names. Bytes are what
 * malloc_usable_size tells. A worker has one thread, so plain counters do.
 * Counting is off until bench_heap_count is called, so that timed rows pay one
 * predictable branch. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static int counting;
static int64_t live, peak, allocations, allocations_rust;

void bench_heap_count(void) { counting = 1; }
void bench_heap_reset_peak(void) { peak = live; }
int64_t bench_heap_live(void) { return live; }
int64_t bench_heap_peak(void) { return peak; }
int64_t bench_heap_allocations(void) { return allocations; }
/* Rust code is about to ask for a block; what it calls then counts it among all. */
void bench_heap_rust(void) { allocations_rust += counting; }
int64_t bench_heap_allocations_rust(void) { return allocations_rust; }

static inline void *gained(void *block) {
    if (counting && block) {
        live += (int64_t)malloc_usable_size(block);
        allocations++;
        if (live > peak) peak = live;
    }
    return block;
}

static inline void lost(void *block) {
    if (counting && block) live -= (int64_t)malloc_usable_size(block);
}

void *malloc(size_t size) { return gained(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return gained(__libc_calloc(count, size)); }
void *memalign(size_t align, size_t size) { return gained(__libc_memalign(align, size)); }
void *aligned_alloc(size_t align, size_t size) { return gained(__libc_memalign(align, size)); }

int posix_memalign(void **out, size_t align, size_t size) {
    void *block = __libc_memalign(align, size);
    if (!block) return ENOMEM;
    *out = gained(block);
    return 0;
}

void *realloc(void *block, size_t size) {
    size_t before = counting && block ? malloc_usable_size(block) : 0;
    void *moved = __libc_realloc(block, size);
    if (counting && (moved || size == 0)) live -= (int64_t)before;
    return gained(moved);
}

void free(void *block) {
    lost(block);
    __libc_free(block);
}
