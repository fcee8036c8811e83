package main

type upCommand struct{}

func (upCommand) Run() error { return nil }
