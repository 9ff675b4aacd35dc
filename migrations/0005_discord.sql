CREATE TABLE "history_marks" (
	"community_id" bigint NOT NULL,
	"channel" text NOT NULL,
	"read_to" timestamp with time zone NOT NULL,
	CONSTRAINT "history_marks_community_id_channel_pk" PRIMARY KEY("community_id","channel")
);
--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "application" text;--> statement-breakpoint
ALTER TABLE "history_marks" ADD CONSTRAINT "history_marks_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;