/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/http.h"

/*
 * The one thing that the agent's listener serves: POST of a command. It is judged, written down as
 * seen, and only then acted on; whatever else happens, none is acted on twice. docs/AGENTS.md
 */
void commands_answer(struct http_call *call);
