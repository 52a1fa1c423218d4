// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Short messages, kept here so that anything may leave one. No DOM.
import { createStore } from './store.js';

let last = 0;
export const toasts = createStore(/** @type {any[]} */ ([]));

/** @param {number} id */
export const dropToast = (id) => toasts.set((all) => all.filter((t) => t.id !== id));

/** @param {string} text @param {{undo?: () => Promise<any>, kind?: 'ok'|'info'|'warn', forMs?: number}} [o] */
export function toast(text, o = {}) {
	toasts.set((all) => [...all.slice(-3), { id: ++last, text, kind: 'ok', forMs: o.undo ? 12000 : 5000, ...o }]);
}
