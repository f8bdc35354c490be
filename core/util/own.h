/*
 * Ownership of handles. A local that owns a handle is declared with AUTO and released on every way out of its scope;
 * TAKE hands it over. AUTO_DEFINE once per type, beside the type's own header or in the .c that uses it.
 *
 *     AUTO_DEFINE(git_tree, git_tree_free)
 *     AUTO(git_tree) *tree = NULL;
 *     ...
 *     *out = TAKE(tree);
 */
#ifndef TIDELINE_UTIL_OWN_H
#define TIDELINE_UTIL_OWN_H

#include <unistd.h>

#define AUTO_DEFINE(type, release)                                                                           \
    static inline void auto_##type(type **pointer)                                                           \
    {                                                                                                        \
        if (*pointer)                                                                                        \
            release(*pointer);                                                                               \
    }

/* For our own structs, which have no typedef. */
#define AUTO_DEFINE_STRUCT(type, release)                                                                    \
    static inline void auto_struct_##type(struct type **pointer)                                             \
    {                                                                                                        \
        if (*pointer)                                                                                        \
            release(*pointer);                                                                               \
    }

#define AUTO(type) __attribute__((cleanup(auto_##type))) type
#define AUTO_STRUCT(type) __attribute__((cleanup(auto_struct_##type))) struct type

static inline void auto_fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* A file descriptor that closes itself; -1 means none. */
#define AUTO_FD __attribute__((cleanup(auto_fd_close))) int

#define TAKE(pointer)                                                                                        \
    __extension__({                                                                                          \
        __typeof__(pointer) taken_ = (pointer);                                                              \
        (pointer) = 0;                                                                                       \
        taken_;                                                                                              \
    })

#define TAKE_FD(fd)                                                                                          \
    __extension__({                                                                                          \
        int taken_ = (fd);                                                                                   \
        (fd) = -1;                                                                                           \
        taken_;                                                                                              \
    })

#endif
