/* Writes down what happens on the heap of this process, C and Rust alike: these definitions take the
 * place of glibc's, which stay reachable by their inner names. Bytes are what malloc_usable_size
 * tells. The process has one thread. Only what is allocated while a phase is on is written down,
 * and when it goes. */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdint.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

enum { EVENTS = 8192, FRAMES = 48 };

struct event {
    uint64_t born, died; /* in births and deaths so far; died is 0 while it lives */
    uint64_t bytes;
    uint32_t phase;
    uint32_t from_rust;
    uint64_t frames;
    void *stack[FRAMES];
};

static struct event events[EVENTS];
static void *blocks[EVENTS];
static uint64_t count, tick;
static uint32_t phase;
static int from_rust, stacks, busy;

void counts_stacks(void) {
    void *frame;
    stacks = 1;
    /* The first call loads the unwinder, which allocates. */
    backtrace(&frame, 1);
}
void counts_phase(uint32_t now) { phase = now; }
void counts_from_rust(int now) { from_rust = now; }
uint64_t counts_tick(void) { return tick; }
uint64_t counts_events(void) { return count; }
struct event counts_event(uint64_t at) { return events[at]; }

static inline void *gained(void *block) {
    if (!phase || !block || busy || count == EVENTS) return block;
    busy = 1;
    struct event *event = &events[count];
    blocks[count++] = block;
    event->born = ++tick;
    event->bytes = malloc_usable_size(block);
    event->phase = phase;
    event->from_rust = (uint32_t)from_rust;
    if (stacks) event->frames = (uint64_t)backtrace(event->stack, FRAMES);
    busy = 0;
    return block;
}

static inline void lost(void *block) {
    if (!block) return;
    for (uint64_t at = count; at-- > 0;)
        if (blocks[at] == block && !events[at].died) {
            events[at].died = ++tick;
            return;
        }
}

void *malloc(size_t size) { return gained(__libc_malloc(size)); }
void *calloc(size_t number, size_t size) { return gained(__libc_calloc(number, size)); }
void *memalign(size_t align, size_t size) { return gained(__libc_memalign(align, size)); }
void *aligned_alloc(size_t align, size_t size) { return gained(__libc_memalign(align, size)); }

int posix_memalign(void **out, size_t align, size_t size) {
    void *block = __libc_memalign(align, size);
    if (!block) return ENOMEM;
    *out = gained(block);
    return 0;
}

void *realloc(void *block, size_t size) {
    void *moved = __libc_realloc(block, size);
    if (moved || size == 0) lost(block);
    return gained(moved);
}

void free(void *block) {
    lost(block);
    __libc_free(block);
}
