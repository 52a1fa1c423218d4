/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The compiler attributes that the house uses, under one name each.
 * AUTO(free_fn) runs free_fn(T **) when the variable leaves its scope; DEFINE_AUTO makes such a
 * function.
 */
#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define AUTO(fn) __attribute__((cleanup(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Makes NAME_autop(TYPE *), which hands the value to FREE; for use as TYPE x AUTO(NAME_autop) =
 * NULL.
 */
#define DEFINE_AUTO(type, name, free_fn)                                                           \
	static inline void name##_autop(type *p)                                                   \
	{                                                                                          \
		free_fn(*p);                                                                       \
	}
