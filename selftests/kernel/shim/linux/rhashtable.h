/* SPDX-License-Identifier: GPL-2.0 */
/* Hash tables of a fixed size. */
#ifndef SHIM_LINUX_RHASHTABLE_H
#define SHIM_LINUX_RHASHTABLE_H

#include <linux/rhashtable-types.h>
#include <stdlib.h>
#include <string.h>

static inline struct rhash_head** rhashtable_bucket(struct rhashtable* table, const void* key,
                                                    size_t length) {
  const u8* byte = (const u8*)key;
  u32 hash = 0;

  while (length--) hash = hash * 31 + *byte++;
  return &table->buckets[hash % ARRAY_SIZE(table->buckets)];
}

static inline int rhashtable_init(struct rhashtable* table,
                                  const struct rhashtable_params* params) {
  (void)params;
  memset(table, 0, sizeof(*table));
  return 0;
}

static inline void rhashtable_destroy(struct rhashtable* table) {
  size_t i;

  for (i = 0; i < ARRAY_SIZE(table->buckets); i++) {
    if (table->buckets[i]) abort();
  }
}

static inline void* rhashtable_lookup(struct rhashtable* table, const void* key,
                                      const struct rhashtable_params params) {
  struct rhash_head* head = *rhashtable_bucket(table, key, params.key_len);

  for (; head; head = head->next) {
    char* object = (char*)head - params.head_offset;

    if (!memcmp(object + params.key_offset, key, params.key_len)) return object;
  }
  return NULL;
}

static inline int rhashtable_lookup_insert_fast(struct rhashtable* table, struct rhash_head* head,
                                                const struct rhashtable_params params) {
  const char* key = (char*)head - params.head_offset + params.key_offset;
  struct rhash_head** bucket = rhashtable_bucket(table, key, params.key_len);

  if (rhashtable_lookup(table, key, params)) return -EEXIST;
  head->next = *bucket;
  *bucket = head;
  return 0;
}

static inline int rhashtable_remove_fast(struct rhashtable* table, struct rhash_head* head,
                                         const struct rhashtable_params params) {
  const char* key = (char*)head - params.head_offset + params.key_offset;
  struct rhash_head** link = rhashtable_bucket(table, key, params.key_len);

  for (; *link; link = &(*link)->next) {
    if (*link != head) continue;
    *link = head->next;
    return 0;
  }
  return -ENOENT;
}

#endif /* SHIM_LINUX_RHASHTABLE_H */
