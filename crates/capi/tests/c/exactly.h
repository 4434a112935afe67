/* Allocates a block of exactly the size of the bytes, so that valgrind detects a read of one more byte. */

#ifndef EXACTLY_H
#define EXACTLY_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void *exactly(const void *bytes, size_t size)
{
    void *block = malloc(size > 0 ? size : 1);
    if (block == NULL) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    if (size > 0)
        memcpy(block, bytes, size);
    return block;
}

#endif
