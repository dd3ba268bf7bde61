/* SPDX-License-Identifier: GPL-2.0 */
/* Doubly linked lists. What is taken out points nowhere. */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <linux/types.h>

struct list_head {
  struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head* list) {
  list->next = list->prev = list;
}

static inline void list_add_tail(struct list_head* entry, struct list_head* list) {
  entry->next = list;
  entry->prev = list->prev;
  list->prev->next = entry;
  list->prev = entry;
}

static inline void list_del(struct list_head* entry) {
  entry->prev->next = entry->next;
  entry->next->prev = entry->prev;
  entry->next = entry->prev = NULL;
}

static inline void list_rotate_to_front(struct list_head* entry, struct list_head* list) {
  list_del(list);
  list_add_tail(list, entry);
}

#define list_entry(pointer, type, member) container_of(pointer, type, member)

#define list_first_entry_or_null(list, type, member) \
  ((list)->next == (list) ? NULL : list_entry((list)->next, type, member))

#define list_for_each_entry(entry, list, member)                                               \
  for (entry = list_entry((list)->next, __typeof__(*entry), member); &entry->member != (list); \
       entry = list_entry(entry->member.next, __typeof__(*entry), member))

#endif /* SHIM_LINUX_LIST_H */
