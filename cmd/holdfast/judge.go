package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/reports"
)

func newJudgeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "judge DIR",
		Short: "Judge a stored run again, from its folder alone",
		Long: `Judge a stored run again with today's checkers, from its folder alone. The report files in the folder are
written anew; the History is only read. The exit code is the verdict's.`,
		Example: "  holdfast judge runs/node-kill-20260102-030405-ab12",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := reports.Read(args[0])
			if err != nil {
				return hinted(err, "a run folder holds history.jsonl; holdfast run names it in its last line")
			}
			report := reports.Judge(h)
			if err := reports.Write(args[0], report); err != nil {
				return fmt.Errorf("judge %s: %w", args[0], err)
			}
			if err := a.print(report); err != nil {
				return err
			}
			return verdict(report.Verdict)
		},
	}
}
