//! What is due: a pure function of (policy, history, now).
